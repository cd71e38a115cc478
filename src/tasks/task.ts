import type { Head, ModelInput } from '../models/spec.ts';

export type Split = 'train' | 'valid' | 'test';

/** One minibatch. The arrays belong to the task: they are valid until the next `batch` call of the same split. */
export interface Batch {
  /** Sequences (B). */
  readonly size: number;
  /** Time steps (T). */
  readonly steps: number;
  /** Inputs, batch innermost: element (t, i, b) at (t * I + i) * B + b. This is the order in which the kernels read. */
  readonly x_TIB: Float32Array;
  /** Regression: B x O target values. Softmax: B class indices. */
  readonly target: Float32Array | Int32Array;
}

/** Scores of a predictor on a split; each key is a metric's name without its split, e.g. `mse`, `loss`, `accuracy`. */
export type Metrics = Readonly<Record<string, number>>;

/** Data in, batches out. Every method is a pure function of the config and its seed: data order is never state. */
export interface Task {
  readonly input: ModelInput;
  readonly head: Head;
  /** Time steps of every sequence (T). */
  readonly steps: number;
  /**
   * For `train`, the minibatch of update number `index` (0, 1, 2, ... without end; the training set is
   * reshuffled every epoch). For `valid` and `test`, the `index`-th of `batches(split)` consecutive
   * slices that together hold every sequence of the split exactly once, in order; the last one may be smaller.
   */
  batch(split: Split, index: number): Batch;
  /** Number of evaluation batches of a split. */
  batches(split: 'valid' | 'test'): number;
  /** Sequences in a split; Infinity for training data that is made fresh for every update. */
  size(split: Split): number;
  /** The score of the best constant predictor on the test split, computed from the data. */
  readonly baseline: Metrics;
  /** Facts about the data worth keeping with a run: file hashes, the permutation's hash. */
  readonly provenance: Readonly<Record<string, string | number>>;
}
