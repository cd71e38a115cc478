/** Small random models and batches for the tests of engines. */
import type { ClipSpec, OptimizerSpec, TrainerOptions } from '../../src/engines/engine.ts';
import { type Batch, UNSCORED, wholeSequences } from '../../src/models/batch.ts';
import { elements, parameterShapes } from '../../src/models/parameters.ts';
import type { Cell, Head, ModelSpec, Parameters, Tensor } from '../../src/models/spec.ts';
import { Philox, Stream } from '../../src/support/philox.ts';

/** A model and the batches it is trained on. What is not given is as in the plain models of the paper. */
export interface Shape {
  readonly cell: Cell;
  readonly head: Head['kind'];
  readonly T: number;
  readonly B: number;
  /** Features, or the size of the embedding. */
  readonly I: number;
  readonly H: number;
  readonly O: number;
  readonly vocabulary?: number;
  /** Only so many words of the vocabulary occur. */
  readonly words?: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
  readonly projection?: number;
  readonly dropout?: number;
  readonly everyStep?: boolean;
  /** Sequences of different lengths, one of them empty if there are three or more. */
  readonly uneven?: boolean;
}

export const cells = ['relu', 'tanh', 'lstm'] as const;
export const heads = ['regression', 'softmax'] as const;
export const reductions = ['mean', 'sum'] as const;

export const optimizers: readonly OptimizerSpec[] = [
  { name: 'sgd', momentum: 0 },
  { name: 'sgd', momentum: 0.9 },
  { name: 'rmsprop', decay: 0.99, epsilon: 1e-8, momentum: 0 },
  { name: 'rmsprop', decay: 0.9, epsilon: 1e-3, momentum: 0.5 },
  { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  { name: 'sgd', momentum: 0, weight_decay: 0.5 },
  { name: 'rmsprop', decay: 0.9, epsilon: 1e-3, momentum: 0.5, weight_decay: 0.5 },
  { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.5 },
  { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 2, decoupled_weight_decay: true },
];

export const describeOptimizer = (spec: OptimizerSpec): string =>
  [
    spec.name,
    ...('momentum' in spec && spec.momentum > 0 ? ['with momentum'] : []),
    ...(spec.weight_decay === undefined ? [] : ['with weight decay']),
    ...('decoupled_weight_decay' in spec ? ['decoupled'] : []),
  ].join(' ');

/** Thresholds low enough to act on the gradients of these models. */
export const clips: readonly (ClipSpec | null)[] = [
  null,
  { mode: 'norm', threshold: 0.05 },
  { mode: 'elementwise', threshold: 0.01 },
];

/** Everything beyond one layer over dense features with a head after the last step: each alone, then together. */
export const features: readonly (Partial<Shape> & { readonly name: string })[] = [
  { name: 'a stack', layers: 3 },
  { name: 'both directions', bidirectional: true },
  { name: 'lengths', uneven: true },
  { name: 'lengths in both directions', uneven: true, bidirectional: true },
  { name: 'a projection', projection: 3 },
  { name: 'an embedding', vocabulary: 11 },
  { name: 'dropout', dropout: 0.4 },
  { name: 'dropout in both directions', dropout: 0.4, bidirectional: true, uneven: true },
  { name: 'a stack in both directions', layers: 2, bidirectional: true, uneven: true },
  {
    name: 'everything',
    layers: 2,
    bidirectional: true,
    uneven: true,
    projection: 3,
    vocabulary: 11,
    dropout: 0.3,
  },
];

export function modelOf(shape: Shape): ModelSpec {
  const { cell, head, I, H, O, vocabulary, layers = 1, bidirectional = false } = shape;
  return {
    input:
      vocabulary === undefined ? { kind: 'features', size: I } : { kind: 'tokens', vocabulary, embedding: I },
    layers: Array.from({ length: layers }, () => ({ cell, hidden: H, bidirectional })),
    projection: shape.projection ?? null,
    dropout: shape.dropout ?? 0,
    head:
      head === 'softmax'
        ? { kind: head, size: O, at: shape.everyStep ? 'every-step' : 'last-step' }
        : { kind: head, size: O, at: 'last-step' },
  };
}

/** Every parameter normal: recurrent weights of spectral radius near 1, so that gradients reach the first step. */
export function parametersOf(model: ModelSpec, seed = 1): Parameters {
  const random = new Philox(seed, Stream.init);
  const parameters = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(model)) {
    const data = new Float32Array(elements(shape));
    random.fillNormal(data, name.includes('weight') ? 1 / Math.sqrt(shape[1]!) : 0.3);
    parameters.set(name, { shape, data });
  }
  return parameters;
}

/** A batch, of other numbers for every index. */
export function batchOf(shape: Shape, { index = 0, carry = false } = {}): Batch {
  const { head, T, B, I, O, vocabulary } = shape;
  const random = new Philox(index + 1, Stream.dataTrain);
  const normals = (n: number) => {
    const values = new Float32Array(n);
    random.fillNormal(values, 1);
    return values;
  };
  const x_TIB =
    vocabulary === undefined
      ? normals(T * I * B)
      : Int32Array.from({ length: T * B }, () => random.below(vocabulary) % (shape.words ?? vocabulary));
  const target =
    head === 'regression'
      ? normals(B * O)
      : Int32Array.from({ length: shape.everyStep ? T * B : B }, () => random.below(O));
  const batch = { ...wholeSequences({ size: B, steps: T, x_TIB, target }, index), carry };
  if (!shape.uneven) return batch;
  // The second is empty, the first is whole.
  const lengths = Int32Array.from({ length: B }, (_, b) =>
    b === 0 ? T : b === 1 && B > 2 ? 0 : 1 + random.below(T),
  );
  if (target instanceof Int32Array) {
    for (let n = 0; n < target.length; n++) {
      const steps = shape.everyStep ? Math.floor(n / B) : 0;
      if (steps >= lengths[n % B]!) target[n] = UNSCORED;
    }
    // A step within a sequence need not be scored either.
    if (shape.everyStep) target[0] = UNSCORED;
  }
  return { ...batch, lengths };
}

export function optionsOf(shape: Shape, changes: Partial<TrainerOptions> = {}): TrainerOptions {
  const model = modelOf(shape);
  return {
    model,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: null,
    lossReduction: 'sum',
    batchSize: shape.B,
    steps: shape.T,
    parameters: parametersOf(model),
    seed: 1,
    softmaxSamples: null,
    ...changes,
  };
}

/** The given sequences of a batch of whole sequences, in the given order. */
export function select(batch: Batch, sequences: readonly number[]): Batch {
  const rows = batch.x_TIB.length / batch.size;
  const outputs = batch.target.length / batch.size;
  const x_TIB = new Float32Array(rows * sequences.length);
  for (let row = 0; row < rows; row++) {
    for (const [to, from] of sequences.entries()) {
      x_TIB[row * sequences.length + to] = batch.x_TIB[row * batch.size + from]!;
    }
  }
  const values = sequences.flatMap((b) => [...batch.target.slice(b * outputs, (b + 1) * outputs)]);
  const target = batch.target instanceof Int32Array ? Int32Array.from(values) : Float32Array.from(values);
  return wholeSequences({ size: sequences.length, steps: batch.steps, x_TIB, target });
}

/** |a - b| / |b| in the L2 norm; absolute where b is zero. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(size) || 1);
}
