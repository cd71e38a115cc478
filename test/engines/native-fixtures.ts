/** Small random models and batches for the tests of the native engine. */
import type { ClipSpec, OptimizerSpec, TrainerOptions } from '../../src/engines/engine.ts';
import { type Batch, wholeSequences } from '../../src/models/batch.ts';
import { parameterShapes } from '../../src/models/parameters.ts';
import type { Cell, Head, ModelSpec, Parameters } from '../../src/models/spec.ts';

/** A repeatable stream of numbers in [-1, 1). */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export interface Shape {
  readonly cell: Cell;
  readonly head: Head['kind'];
  readonly H: number;
  readonly B: number;
  readonly T: number;
  readonly I: number;
  readonly O: number;
}

export function modelOf({ cell, head, H, I, O }: Shape): ModelSpec {
  return {
    input: { kind: 'features', size: I },
    layers: [{ cell, hidden: H, bidirectional: false }],
    projection: null,
    dropout: 0,
    head: { kind: head, size: O, at: 'last-step' },
  };
}

/** Weights that neither vanish nor explode over the steps: a recurrent matrix of spectral radius near one. */
export function parametersOf(shape: Shape, random = noise(7)): Parameters {
  const recurrent = 1.2 / Math.sqrt(shape.H);
  return new Map(
    [...parameterShapes(modelOf(shape))].map(([name, dims]) => {
      const scale = name.includes('weight_hh') ? recurrent : 0.5;
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => scale * random());
      return [name, { shape: dims, data }];
    }),
  );
}

export function batchOf({ head, B, T, I, O }: Shape, random = noise(3)): Batch {
  const x_TIB = Float32Array.from({ length: T * I * B }, random);
  const target =
    head === 'softmax'
      ? Int32Array.from({ length: B }, () => Math.floor(((random() + 1) / 2) * O))
      : Float32Array.from({ length: B * O }, random);
  return wholeSequences({ size: B, steps: T, x_TIB, target });
}

/** The given sequences of a batch, in the given order. */
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

const plainSgd: OptimizerSpec = { name: 'sgd', momentum: 0 };

export function optionsOf(
  shape: Shape,
  { optimizer = plainSgd, clip = null as ClipSpec | null, lossReduction = 'sum' as 'sum' | 'mean' } = {},
): TrainerOptions {
  return {
    model: modelOf(shape),
    optimizer,
    clip,
    lossReduction,
    batchSize: shape.B,
    steps: shape.T,
    parameters: parametersOf(shape),
    seed: 1,
  };
}

/** |a - b| / |b| in the Euclidean norm. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

/** How many predictions hit their target. */
export function correctOf({ target }: Batch, predicted: Int32Array | null): number {
  return [...target].reduce((count, wanted, i) => count + Number(predicted?.[i] === wanted), 0);
}
