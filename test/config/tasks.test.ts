/** The one table of tasks, and what else tells of them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { units } from '../../src/config/tasks/metric.ts';
import { factsOf, higherIsBetter, metricOf, taskNames, watchable } from '../../src/config/tasks.ts';

const all = taskNames.flatMap((task) => factsOf(task).metrics.map((metric) => ({ task, metric })));

test('a metric means the same in every task that has it', () => {
  for (const { metric } of all) {
    const { better, unit } = metricOf(`valid_${metric.name}`)!;
    expect({ better, unit }, metric.name).toEqual({ better: metric.better, unit: metric.unit });
  }
});

test('every task has one loss, which its training makes smaller', () => {
  for (const task of taskNames) {
    expect(
      factsOf(task).metrics.filter(({ unit }) => units[unit].isLoss),
      task,
    ).toHaveLength(1);
  }
});

test('which way is better comes from the table, for its columns alone', () => {
  expect(higherIsBetter('valid_accuracy')).toBe(true);
  expect(higherIsBetter('valid_frame_error_speech')).toBe(false);
  expect(metricOf('live_units')).toBeUndefined();
  expect(metricOf('loss')).toBeUndefined();
  expect(() => higherIsBetter('valid_luck')).toThrow('no task has a metric');
});

test('what is only reported is nothing to stop by', () => {
  expect(watchable('phone_frames')).toEqual(['valid_frame_error', 'valid_frame_error_speech', 'valid_loss']);
});

test('docs/run-directory.md lists the scores of every task', () => {
  const lines = readFileSync('docs/run-directory.md', 'utf8').split('\n');
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const rows = cells.filter(([, task]) => taskNames.includes(task as never)).map((row) => row.slice(1, 5));
  expect(rows).toEqual(all.map(({ task, metric }) => [task, metric.name, metric.unit, metric.better]));
});
