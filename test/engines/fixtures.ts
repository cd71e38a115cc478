import type { ClipSpec, OptimizerSpec } from '../../src/engines/engine.ts';
import { type Batch, wholeSequences } from '../../src/models/batch.ts';
import { elements, parameterShapes } from '../../src/models/parameters.ts';
import type { Cell, ModelSpec, Parameters, Tensor } from '../../src/models/spec.ts';
import { Philox, Stream } from '../../src/support/philox.ts';

export interface Shape {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly O: number;
}

export const cells = ['relu', 'tanh', 'lstm'] as const;
export const heads = ['regression', 'softmax'] as const;
export const reductions = ['mean', 'sum'] as const;

export const optimizers: readonly OptimizerSpec[] = [
  { name: 'sgd', momentum: 0 },
  { name: 'sgd', momentum: 0.9 },
  { name: 'rmsprop', decay: 0.99, epsilon: 1e-8, momentum: 0 },
  { name: 'rmsprop', decay: 0.9, epsilon: 1e-6, momentum: 0.5 },
  { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
];

export const describeOptimizer = (spec: OptimizerSpec): string =>
  'momentum' in spec && spec.momentum > 0 ? `${spec.name} with momentum` : spec.name;

/** Thresholds low enough to act on the gradients of these models. */
export const clips: readonly (ClipSpec | null)[] = [
  null,
  { mode: 'norm', threshold: 0.05 },
  { mode: 'elementwise', threshold: 0.01 },
];

export function modelOf(cell: Cell, head: 'regression' | 'softmax', shape: Shape): ModelSpec {
  return {
    input: { kind: 'features', size: shape.I },
    layers: [{ cell, hidden: shape.H, bidirectional: false }],
    projection: null,
    dropout: 0,
    head: { kind: head, size: shape.O, at: 'last-step' },
  };
}

/** Every parameter normal: recurrent weights of spectral radius near 1, so that gradients reach the first step. */
export function randomParameters(model: ModelSpec, seed = 1): Parameters {
  const random = new Philox(seed, Stream.init);
  const parameters = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(model)) {
    const data = new Float32Array(elements(shape));
    random.fillNormal(data, name.includes('weight') ? 1 / Math.sqrt(shape[1]!) : 0.3);
    parameters.set(name, { shape, data });
  }
  return parameters;
}

export function randomBatch(model: ModelSpec, shape: Shape, seed = 1): Batch {
  const { T, B, I, O } = shape;
  const random = new Philox(seed, Stream.dataTrain);
  const x_TIB = new Float32Array(T * I * B);
  random.fillNormal(x_TIB, 1);
  if (model.head.kind === 'softmax') {
    const target = Int32Array.from({ length: B }, () => random.below(O));
    return wholeSequences({ size: B, steps: T, x_TIB, target });
  }
  const target = new Float32Array(B * O);
  random.fillNormal(target, 1);
  return wholeSequences({ size: B, steps: T, x_TIB, target });
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
