import type { Trainer } from '../engines/engine.ts';
import type { Metrics, Task } from '../tasks/task.ts';
import type { Breather } from './breather.ts';

/**
 * Scores the model on every sequence of a split: `mse` for regression (mean over sequences of the squared
 * error), `loss` (mean cross-entropy in nats) and `accuracy` (0..1) for softmax.
 * Returns null if the process is asked to stop before it is through.
 */
export async function evaluate(
  trainer: Trainer,
  task: Task,
  split: 'valid' | 'test',
  breather: Breather,
): Promise<Metrics | null> {
  let sequences = 0;
  let loss = 0;
  let correct = 0;
  for (let index = 0; index < task.batches(split); index++) {
    if (await breather.shouldStop()) return null;
    const sums = trainer.evaluate(task.batch(split, index));
    sequences += sums.sequences;
    loss += sums.loss;
    correct += sums.correct;
  }
  return task.head.kind === 'regression'
    ? { mse: loss / sequences }
    : { loss: loss / sequences, accuracy: correct / sequences };
}

/** The metric names that `evaluate` gives for a head, most telling first. */
export function metricNames(head: Task['head']): readonly string[] {
  return head.kind === 'regression' ? ['mse'] : ['accuracy', 'loss'];
}
