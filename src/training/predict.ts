import type { Predictor } from '../engines/predictions.ts';
import { UNSCORED } from '../models/batch.ts';
import { placedBatches, type Task } from '../tasks/task.ts';
import type { Breather } from './signals.ts';

/** One scored target. Numbers of sequences and steps start at 0, in the order of evaluation. */
export interface Prediction {
  readonly sequence: number;
  /** Only where a model predicts at every step. */
  readonly step?: number;
  readonly target: number;
  readonly prediction: number;
  /** Squared error, or cross-entropy in nats. */
  readonly loss: number;
}

/** Every scored target of a split; null if the process is asked to stop before the model is through. */
export async function predictSplit(
  predictor: Predictor,
  task: Task,
  split: 'valid' | 'test',
  breather: Breather,
): Promise<Prediction[] | null> {
  const rows: Prediction[] = [];
  const everyStep = task.head.at === 'every-step';
  for (const { batch, sequence, step } of placedBatches(task, split, task.batches(split))) {
    if (await breather.shouldStop()) return null;
    const { predicted, losses } = predictor.predict(batch);
    for (const [n, target] of batch.target.entries()) {
      if (target === UNSCORED && batch.target instanceof Int32Array) continue;
      rows.push({
        sequence: sequence + (n % batch.size),
        ...(everyStep && { step: step + Math.floor(n / batch.size) }),
        target: rounded(target),
        prediction: rounded(predicted[n]!),
        loss: rounded(losses[n]!),
      });
    }
  }
  return rows.sort((a, b) => a.sequence - b.sequence || (a.step ?? 0) - (b.step ?? 0));
}

/** Float32 has no more than nine digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}
