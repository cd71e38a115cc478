import type { Trainer } from '../engines/engine.ts';
import type { Metrics, Task } from '../tasks/task.ts';
import type { Breather } from './signals.ts';

/**
 * Scores the model on every sequence of a split.
 * Returns null if the process is asked to stop before it is through.
 */
export async function evaluate(
  trainer: Trainer,
  task: Task,
  split: 'valid' | 'test',
  breather: Breather,
): Promise<Metrics | null> {
  const tally = task.tally();
  for (let index = 0; index < task.batches(split); index++) {
    if (await breather.shouldStop()) return null;
    const batch = task.batch(split, index);
    tally.add(batch, trainer.evaluate(batch));
  }
  return tally.result();
}
