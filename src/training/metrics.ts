import type { Task } from '../tasks/task.ts';

/** Columns of metrics.csv: nothing that depends on the clock, so that the file is identical from run to run. */
export function metricsColumns(task: Task): string[] {
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
    ...task.metrics.map((name) => `valid_${name}`),
    ...task.metrics.map((name) => `test_${name}`),
  ];
}
