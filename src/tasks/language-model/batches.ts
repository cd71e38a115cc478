import { type Batch, UNSCORED } from '../../models/batch.ts';

/** How running text becomes batches: as one stream, or sentence by sentence. */
export interface TextBatches {
  /** The minibatch of an update: a pure function of the seed and the index. */
  train(index: number): Batch;
  /** Number of evaluation batches of a split. */
  count(split: 'valid' | 'test'): number;
  /** Together, in order, they score every token of the split exactly once, apart from begin markers. */
  evaluation(split: 'valid' | 'test', index: number): Batch;
}

export interface TextBatchOptions {
  readonly seed: number;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
  /** Steps of a training batch (T). */
  readonly unroll: number;
}

/** A batch whose inputs are token 0 and whose targets are not scored. */
export function emptyBatch(index: number, size: number, steps: number, carry: boolean): Batch {
  const target = new Int32Array(size * steps).fill(UNSCORED);
  return { index, size, steps, x_TIB: new Int32Array(size * steps), target, lengths: null, carry };
}
