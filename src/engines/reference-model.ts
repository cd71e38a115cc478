/** The model as TensorFlow.js operations. B batch, I input size, H hidden units, G gate rows, O outputs. */
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../models/batch.ts';
import type { Cell, ModelSpec } from '../models/spec.ts';

/** Tensors by the names of `parameterShapes`. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/** The hidden state after every step, [B, H] each; the state before the first is zero. */
export function hiddenStates(model: ModelSpec, weights: Weights, batch: Batch): tf.Tensor2D[] {
  const { cell, hidden } = onlyLayer(model);
  const wIh_GI = weight(weights, 'rnn.weight_ih_l0');
  const wHh_GH = weight(weights, 'rnn.weight_hh_l0');
  const bias_G = weights.get('rnn.bias_ih_l0') as tf.Tensor1D;
  let h_BH: tf.Tensor2D = tf.zeros([batch.size, hidden]);
  let c_BH: tf.Tensor2D = tf.zeros([batch.size, hidden]);
  const states: tf.Tensor2D[] = [];
  for (const x_BI of inputs(batch)) {
    const z_BG: tf.Tensor2D = tf.add(tf.add(times(x_BI, wIh_GI), times(h_BH, wHh_GH)), bias_G);
    if (cell === 'lstm') {
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => tf.slice2d(z_BG, [0, k * hidden], [batch.size, hidden]));
      c_BH = tf.add(tf.mul(tf.sigmoid(f!), c_BH), tf.mul(tf.sigmoid(i!), tf.tanh(g!)));
      h_BH = tf.mul(tf.sigmoid(o!), tf.tanh(c_BH));
    } else {
      h_BH = activation(cell, z_BG);
    }
    states.push(h_BH);
  }
  return states;
}

/** The head's outputs after the last step, [B, O]: predictions, or logits. */
export function outputs(model: ModelSpec, weights: Weights, batch: Batch): tf.Tensor2D {
  const last_BH = hiddenStates(model, weights, batch).at(-1)!;
  return tf.add(times(last_BH, weight(weights, 'head.weight')), weights.get('head.bias')!);
}

/** Sum over the batch of the squared errors, or of the cross-entropies in nats; a scalar. */
export function summedLoss(model: ModelSpec, y_BO: tf.Tensor2D, batch: Batch): tf.Scalar {
  if (model.head.kind === 'regression') {
    const error_BO = tf.sub(y_BO, tf.tensor2d(Float32Array.from(batch.target), y_BO.shape));
    return tf.sum(tf.mul(error_BO, error_BO));
  }
  const target_BO = tf.oneHot(tf.tensor1d(Int32Array.from(batch.target), 'int32'), model.head.size);
  return tf.mul(-1, tf.sum(tf.mul(tf.cast(target_BO, 'float32'), tf.logSoftmax(y_BO))));
}

export function onlyLayer(model: ModelSpec): ModelSpec['layers'][number] {
  return model.layers[0]!;
}

function inputs(batch: Batch): tf.Tensor2D[] {
  const size = batch.x_TIB.length / (batch.steps * batch.size);
  const x_TIB = tf.tensor3d(batch.x_TIB.slice(), [batch.steps, size, batch.size]);
  return tf.unstack(tf.transpose(x_TIB, [0, 2, 1])) as tf.Tensor2D[];
}

function activation(cell: Exclude<Cell, 'lstm'>, z: tf.Tensor2D): tf.Tensor2D {
  return cell === 'relu' ? tf.relu(z) : tf.tanh(z);
}

/** x w^T. */
function times(x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(x, w, false, true);
}

function weight(weights: Weights, name: string): tf.Tensor2D {
  return weights.get(name) as tf.Tensor2D;
}
