/**
 * The model as TensorFlow.js operations. T time steps, B batch, I input size, H hidden units, G gate rows, O outputs,
 * N rows that the head reads: B after the last step, or T x B (element (t, b) at t * B + b) at every step.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../models/batch.ts';
import { type Cell, cells } from '../../models/cells.ts';
import { type Dropout, dropoutMask } from '../../models/dropout.ts';
import type { ClassSample } from '../../models/sampled-softmax.ts';
import type { ModelSpec, RecurrentLayer } from '../../models/spec.ts';

/** Tensors by the names of `parameterShapes`. */
export type Weights = ReadonlyMap<string, tf.Tensor>;

/** Hidden states by the names of `carriedShapes`, [B, H] each. */
export type States = ReadonlyMap<string, tf.Tensor2D>;

export interface Pass {
  /** Predictions, or logits. */
  readonly y_NO: tf.Tensor2D;
  /** Of every layer, what it puts out at every step, before dropout. */
  readonly layers: readonly (readonly tf.Tensor2D[])[];
  /** After each sequence's last step, of layers in one direction. */
  readonly final: States;
}

/** The states of a layer by the names of its cell's `states`, [B, H] each. */
type State = Readonly<Record<string, tf.Tensor2D>>;

/** What goes into the gates of one step: from the input, with the bias, and from the step before. */
interface Gates {
  readonly input_BG: tf.Tensor2D;
  readonly recurrent_BG: tf.Tensor2D;
  readonly bias_G: tf.Tensor1D;
}

type Z = tf.Tensor2D;

/** One step of each cell. */
const step: Readonly<Record<Cell, (gates: Gates, before: State) => State>> = {
  relu: (gates) => ({ h: tf.relu(summed(gates)) }),
  tanh: (gates) => ({ h: tf.tanh(summed(gates)) }),
  lstm: (gates, { c }) => {
    const z_BG = summed(gates);
    const [B, H] = c!.shape;
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => tf.slice2d(z_BG, [0, k * H], [B, H])) as [Z, Z, Z, Z];
    const next: tf.Tensor2D = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    return { h: tf.mul(tf.sigmoid(o), tf.tanh(next)), c: next };
  },
};

function summed({ input_BG, recurrent_BG, bias_G }: Gates): tf.Tensor2D {
  return tf.add(tf.add(input_BG, recurrent_BG), bias_G);
}

/**
 * Runs the model over a batch. Layers start from `initial`, or from zero where it has no state for them. With a
 * `sample`, y has a column for each of its classes.
 */
export function runModel(
  model: ModelSpec,
  weights: Weights,
  batch: Batch,
  initial: States,
  dropout: Dropout | null,
  sample: ClassSample | null = null,
): Pass {
  const within = stepsWithin(batch);
  const layers: tf.Tensor2D[][] = [];
  const final = new Map<string, tf.Tensor2D>();
  let upwards: readonly tf.Tensor2D[] =
    model.input.kind === 'tokens'
      ? drop(embedded(weight(weights, 'embedding.weight'), batch), batch, 0, dropout)
      : features(batch);
  for (const [k, layer] of model.layers.entries()) {
    const zero: tf.Tensor2D = tf.zeros([batch.size, layer.hidden]);
    const { states } = cells[layer.cell];
    const start = Object.fromEntries(states.map((name) => [name, initial.get(`${name}_l${k}`) ?? zero]));
    const forward = runDirection(layer, weights, `l${k}`, upwards, within, start);
    for (const name of states) final.set(`${name}_l${k}`, forward.state[name]!);
    let outputs = forward.outputs;
    if (layer.bidirectional) {
      const against = runDirection(
        layer,
        weights,
        `l${k}_reverse`,
        upwards.toReversed(),
        within.toReversed(),
        start,
      ).outputs.toReversed();
      outputs = outputs.map((h_BH, t) => tf.concat2d([h_BH, against[t]!], 1));
    }
    layers.push(outputs);
    upwards = drop(outputs, batch, k + 1, dropout);
  }
  const read_NH: tf.Tensor2D =
    model.head.at === 'every-step'
      ? tf.concat2d([...upwards], 0)
      : lastProcessed(model.layers.at(-1)!, upwards, within);
  const projected =
    model.projection === null ? read_NH : times(read_NH, weight(weights, 'projection.weight'));
  const y_NO =
    sample === null
      ? (tf.add(times(projected, weight(weights, 'head.weight')), weights.get('head.bias')!) as tf.Tensor2D)
      : sampledLogits(projected, weights, sample);
  return { y_NO, layers, final };
}

/** Sum over the scored targets of the squared errors, or of the cross-entropies in nats; a scalar. */
export function summedLoss(
  { head }: ModelSpec,
  y_NO: tf.Tensor2D,
  batch: Pick<Batch, 'size' | 'steps' | 'target' | 'lengths'>,
): tf.Scalar {
  if (head.kind === 'regression') {
    const error_BO = tf.sub(y_NO, tf.tensor2d(Float32Array.from(batch.target), y_NO.shape));
    const scored_B = Float32Array.from({ length: batch.size }, (_, b) => Number(lengthOf(batch, b) > 0));
    return tf.sum(tf.mul(tf.mul(error_BO, error_BO), tf.tensor2d(scored_B, [batch.size, 1])));
  }
  // One-hot rows of unscored targets are zero.
  const target_NO = tf.oneHot(tf.tensor1d(Int32Array.from(batch.target), 'int32'), y_NO.shape[1], 1, 0);
  return tf.mul(-1, tf.sum(tf.mul(tf.cast(target_NO, 'float32'), tf.logSoftmax(y_NO))));
}

/** A logit that no sum feels. Finite, so that differences are numbers. */
const EXCLUDED = -1e30;

/** Corrected logits of the classes of a sample; those that do not compete at a position are excluded there. */
function sampledLogits(x_NP: tf.Tensor2D, weights: Weights, sample: ClassSample): tf.Tensor2D {
  const { classes, candidates, logExpected, target } = sample;
  const rows = tf.tensor1d(classes, 'int32');
  const bias_C = tf.gather(weights.get('head.bias')!, rows);
  const y_NC = tf.add(times(x_NP, tf.gather(weight(weights, 'head.weight'), rows)), bias_C);
  const C = classes.length;
  const correction_NC = Float32Array.from({ length: target.length * C }, (_, i) => {
    const c = i % C;
    return c < candidates || target[Math.floor(i / C)] === c ? -logExpected[c]! : EXCLUDED;
  });
  return tf.add(y_NC, tf.tensor2d(correction_NC, [target.length, C]));
}

/** Steps of sequence b. */
export function lengthOf({ lengths, steps }: Pick<Batch, 'lengths' | 'steps'>, b: number): number {
  return lengths === null ? steps : lengths[b]!;
}

/**
 * One direction of a layer, over inputs in the order in which it reads them. At steps that aren't `within` a sequence,
 * its state stays as it is: so the reverse direction starts at the sequence's own last step.
 */
function runDirection(
  { cell }: RecurrentLayer,
  weights: Weights,
  name: string,
  inputs: readonly tf.Tensor2D[],
  within: readonly Within[],
  start: State,
): { outputs: tf.Tensor2D[]; state: State } {
  const wIh_GI = weight(weights, `rnn.weight_ih_${name}`);
  const wHh_GH = weight(weights, `rnn.weight_hh_${name}`);
  const bias_G = weights.get(`rnn.bias_ih_${name}`) as tf.Tensor1D;
  const outputs: tf.Tensor2D[] = [];
  let state = start;
  for (const [t, x_BI] of inputs.entries()) {
    const before = state;
    const gates = { input_BG: times(x_BI, wIh_GI), recurrent_BG: times(before.h!, wHh_GH), bias_G };
    const next = step[cell](gates, before);
    state = Object.fromEntries(
      cells[cell].states.map((key) => [key, during(within[t]!, next[key]!, before[key]!)]),
    );
    outputs.push(state.h!);
  }
  return { outputs, state };
}

/** What a head after the last step reads: of each direction the output at the step that it processes last. */
function lastProcessed(
  { bidirectional, hidden }: RecurrentLayer,
  outputs: readonly tf.Tensor2D[],
  within: readonly Within[],
): tf.Tensor2D {
  const first = outputs[0]!;
  const last = outputs.reduce((held, output, t) => during(within[t]!, output, held));
  if (!bidirectional) return last;
  const [B] = first.shape;
  return tf.concat2d([tf.slice2d(last, [0, 0], [B, hidden]), tf.slice2d(first, [0, hidden], [B, hidden])], 1);
}

/** Which sequences have a step, [B, 1]; null when all have it. */
type Within = tf.Tensor2D | null;

function stepsWithin(batch: Batch): Within[] {
  return Array.from({ length: batch.steps }, (_, t) => {
    const within_B = Uint8Array.from({ length: batch.size }, (_, b) => Number(t < lengthOf(batch, b)));
    return within_B.includes(0) ? tf.tensor2d(within_B, [batch.size, 1], 'bool') : null;
  });
}

/** The next value for sequences that have the step, the one before for the others. */
function during(within: Within, next: tf.Tensor2D, before: tf.Tensor2D): tf.Tensor2D {
  return within === null ? next : tf.where(within, next, before);
}

/** The features of every step, [B, I]; zero beyond a sequence's end, whatever is there. */
function features(batch: Batch): tf.Tensor2D[] {
  const { size: B, steps: T, x_TIB } = batch;
  const I = x_TIB.length / (T * B);
  return Array.from({ length: T }, (_, t) => {
    const x_BI = new Float32Array(B * I);
    for (let b = 0; b < B; b++) {
      if (t >= lengthOf(batch, b)) continue;
      for (let i = 0; i < I; i++) x_BI[b * I + i] = x_TIB[(t * I + i) * B + b]!;
    }
    return tf.tensor2d(x_BI, [B, I]);
  });
}

/** The embedding of every step's tokens, [B, E]; of token 0 beyond a sequence's end. */
function embedded(embedding_VE: tf.Tensor2D, batch: Batch): tf.Tensor2D[] {
  const { size: B, steps: T, x_TIB } = batch;
  return Array.from({ length: T }, (_, t) => {
    const tokens_B = Int32Array.from({ length: B }, (_, b) =>
      t < lengthOf(batch, b) ? x_TIB[t * B + b]! : 0,
    );
    return tf.gather(embedding_VE, tf.tensor1d(tokens_B, 'int32'));
  });
}

/** The outputs at one dropout site, as they pass upwards. */
function drop(
  outputs: readonly tf.Tensor2D[],
  batch: Batch,
  site: number,
  dropout: Dropout | null,
): readonly tf.Tensor2D[] {
  if (dropout === null || dropout.probability === 0) return outputs;
  return outputs.map((h_BH, t) => {
    const [B, units] = h_BH.shape;
    const mask_UB = tf.tensor2d(dropoutMask(dropout, batch.index, site, t, units, B), [units, B]);
    return tf.mul(h_BH, tf.transpose(mask_UB));
  });
}

/** x w^T. */
function times(x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(x, w, false, true);
}

function weight(weights: Weights, name: string): tf.Tensor2D {
  return weights.get(name) as tf.Tensor2D;
}
