// Models and batches for gpu-check.mjs, and how results of two engines are compared. T steps, B sequences, I inputs (or
// embedding), H units, O outputs, V vocabulary.
import { wholeSequences } from '../dist/models/batch.js';
import { elements, parameterShapes } from '../dist/models/parameters.js';
import { Philox, Stream } from '../dist/support/philox.js';

/** Weights below the size at which signals grow: 784 steps are long. */
export function optionsOf(shape) {
  const { T, B, I, H, O, V, cell, layers = 1, bidirectional = false, at = 'last-step' } = shape;
  const model = {
    input: V === undefined ? { kind: 'features', size: I } : { kind: 'tokens', vocabulary: V, embedding: I },
    layers: Array.from({ length: layers }, () => ({ cell, hidden: H, bidirectional })),
    projection: shape.projection ?? null,
    dropout: shape.dropout ?? 0,
    head: { kind: 'softmax', size: O, at },
  };
  const random = new Philox(1, Stream.init);
  const parameters = new Map();
  for (const [name, size] of parameterShapes(model)) {
    const data = new Float32Array(elements(size));
    random.fillNormal(data, name.includes('weight') ? 0.9 / Math.sqrt(size[1]) : 0.1);
    parameters.set(name, { shape: size, data });
  }
  return {
    model,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: { mode: 'norm', threshold: 1 },
    lossReduction: 'mean',
    batchSize: B,
    steps: T,
    parameters,
    softmaxSamples: shape.softmaxSamples ?? null,
    seed: 1,
  };
}

/** Of other numbers for every index. The second of uneven sequences is empty. */
export function batchOf({ T, B, I, O, V, at = 'last-step', uneven = false }, index = 0, carry = false) {
  const random = new Philox(1 + index, Stream.dataTrain);
  let x_TIB;
  if (V === undefined) {
    x_TIB = new Float32Array(T * I * B);
    random.fillNormal(x_TIB, 1);
  } else {
    x_TIB = Int32Array.from({ length: T * B }, () => random.below(V));
  }
  const target = Int32Array.from({ length: at === 'every-step' ? T * B : B }, () => random.below(O));
  const batch = { ...wholeSequences({ size: B, steps: T, x_TIB, target }, index), carry };
  if (!uneven) return batch;
  const lengths = Int32Array.from({ length: B }, (_, b) => (b === 1 ? 0 : T - b));
  for (let n = 0; n < target.length; n++) {
    if ((at === 'every-step' ? Math.floor(n / B) : 0) >= lengths[n % B]) target[n] = -1;
  }
  return { ...batch, lengths };
}

/** |a - b| / |b| in the L2 norm; NaN where one of the values is. */
export function relativeError(values, expected) {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (values[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

/** The largest relative error over tensors by name, and whose it is. */
export function worst(found, expected) {
  let most = { error: 0, name: 'all' };
  for (const [name, { data }] of expected) {
    const error = relativeError(found.get(name).data, data);
    if (!(error <= most.error)) most = { error, name };
    if (Number.isNaN(error)) break;
  }
  return most;
}
