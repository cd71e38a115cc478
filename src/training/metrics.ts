import type { TaskConfig } from '../config/schema.ts';
import { metricsOf } from '../config/tasks.ts';

/** Columns of metrics.csv: nothing that depends on the clock, so that the file is identical from run to run. */
export function metricsColumns(task: TaskConfig): string[] {
  const scores = metricsOf(task).map(({ name }) => name);
  return [
    'step',
    'learning_rate',
    'train_loss',
    'train_loss_median',
    'gradient_norm_median',
    'gradient_norm_max',
    'clipped_fraction',
    'skipped_updates',
    'live_units',
    ...scores.map((name) => `valid_${name}`),
    ...scores.map((name) => `test_${name}`),
  ];
}
