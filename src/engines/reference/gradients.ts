import * as tf from '@tensorflow/tfjs-core';

/**
 * Derivatives of the TensorFlow.js operations that the reference model is made of. TensorFlow.js walks
 * back through the recorded operations and adds up; it ships these rules too, but in files that Node.js
 * cannot import. Tests check them against finite differences.
 */
const rules: readonly tf.GradConfig[] = [
  {
    // y = a b^T, the only orientation in use
    kernelName: tf.BatchMatMul,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], attributes) => {
      if (attributes.transposeA || !attributes.transposeB)
        throw new Error('matMul: expected a times b transposed');
      return {
        a: () => tf.matMul(one(dy), one(b)),
        b: () => tf.matMul(one(dy), one(a), true, false),
      };
    },
  },
  {
    kernelName: tf.Add,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({ a: () => sumTo(one(dy), one(a)), b: () => sumTo(one(dy), one(b)) }),
  },
  {
    kernelName: tf.Sub,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({ a: () => sumTo(one(dy), one(a)), b: () => sumTo(tf.neg(one(dy)), one(b)) }),
  },
  {
    kernelName: tf.Multiply,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumTo(tf.mul(one(dy), one(b)), one(a)),
      b: () => sumTo(tf.mul(one(dy), one(a)), one(b)),
    }),
  },
  {
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.mul(one(dy), tf.step(one(x))) }),
  },
  {
    kernelName: tf.Tanh,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => tf.mul(one(dy), tf.sub(1, tf.square(one(y)))) }),
  },
  {
    kernelName: tf.Sigmoid,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => tf.mul(one(dy), tf.mul(one(y), tf.sub(1, one(y)))) }),
  },
  {
    kernelName: tf.Slice,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attributes) => {
      const begin = attributes.begin as number[];
      const paddings = one(x).shape.map((size, axis): [number, number] => {
        const before = begin[axis] as number;
        return [before, size - before - (one(dy).shape[axis] as number)];
      });
      return { x: () => tf.pad(one(dy), paddings) };
    },
  },
  {
    kernelName: tf.Concat,
    saveAllInputs: true,
    gradFunc: (dy, inputs, attributes) => {
      const axis = attributes.axis as number;
      const parts = tf.split(
        one(dy),
        inputs.map(({ shape }) => shape[axis]!),
        axis,
      );
      return Object.fromEntries(parts.map((part, i) => [i, () => part]));
    },
  },
  {
    // where(condition, t, e); the condition is broadcast before
    kernelName: tf.Select,
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]) => ({
      t: () => tf.where(one(condition), one(dy), tf.zerosLike(one(dy))),
      e: () => tf.where(one(condition), tf.zerosLike(one(dy)), one(dy)),
    }),
  },
  {
    // What broadcasting leaves where it has nothing to do
    kernelName: tf.Identity,
    gradFunc: (dy) => ({ x: () => tf.clone(one(dy)) }),
  },
  {
    // Rows of a table, the only way of gathering in use
    kernelName: tf.GatherV2,
    inputsToSave: ['x', 'indices'],
    gradFunc: (dy, [x, indices]) => ({
      x: () => tf.unsortedSegmentSum(one(dy), one(indices) as tf.Tensor1D, one(x).shape[0]!),
    }),
  },
  {
    // The sum over everything, the only one in use
    kernelName: tf.Sum,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.mul(one(dy), tf.onesLike(one(x))) }),
  },
  {
    kernelName: tf.LogSoftmax,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      logits: () => tf.sub(one(dy), tf.mul(tf.sum(one(dy), -1, true), tf.exp(one(y)))),
    }),
  },
];

/** Makes the operations differentiable, for the whole process. */
export function registerGradients(): void {
  for (const rule of rules) if (!tf.getGradient(rule.kernelName)) tf.registerGradient(rule);
}

function one(tensor: tf.Tensor | tf.Tensor[] | undefined): tf.Tensor {
  if (!(tensor instanceof tf.Tensor)) throw new Error('expected one tensor');
  return tensor;
}

/** The gradient of an input that was broadcast: summed over the axes along which it was repeated. */
function sumTo(gradient: tf.Tensor, input: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(input.shape, gradient.shape);
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), input.shape);
}
