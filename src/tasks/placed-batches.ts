import type { Batch } from '../models/batch.ts';
import type { Split, Task } from './task.ts';

/** A batch, and where its sequences and steps stand in the split. */
export interface PlacedBatch {
  readonly batch: Batch;
  /** Number of its first sequence. */
  readonly sequence: number;
  /** Number of its first step: not 0 where it goes on with the sequences of the batch before. */
  readonly step: number;
}

/** The first `count` batches of a split. Each is valid until the next is asked for. */
export function* placedBatches(task: Task, split: Split, count: number): Generator<PlacedBatch> {
  let [sequence, step, size] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const batch = task.batch(split, index);
    // The first one has nothing to go on from, whatever it says.
    if (!batch.carry) [sequence, step] = [sequence + size, 0];
    yield { batch, sequence, step };
    step += batch.steps;
    size = batch.size;
  }
}
