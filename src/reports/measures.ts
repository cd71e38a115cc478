import { type Unit, units } from '../config/tasks/metric.ts';
import { judgedBy, type TaskName, taskNames } from '../config/tasks.ts';

/** What a benchmark is judged by: the first metric of its task. */
export interface Measure {
  /** Name of the metric without its split: columns `valid_<metric>` and `test_<metric>` of metrics.csv. */
  readonly metric: string;
  readonly label: string;
  readonly better: 'lower' | 'higher';
  /** A run has learned the task once its test score is beyond this; null where no such mark is in use. */
  readonly threshold: number | null;
  readonly printed: (typeof units)[Unit]['printed'];
}

export const measures = Object.fromEntries(taskNames.map((task) => [task, measureOfTask(task)])) as Readonly<
  Record<TaskName, Measure>
>;

function measureOfTask(task: TaskName): Measure {
  const { name, label, better, learned, unit } = judgedBy(task);
  return {
    metric: name,
    label: `test ${label}`,
    better,
    threshold: learned ?? null,
    printed: units[unit].printed,
  };
}

/** Whether a score is beyond a level on the good side. */
export function isBeyond({ better }: Measure, level: number): (score: number) => boolean {
  return better === 'lower' ? (score) => score < level : (score) => score > level;
}

/** Whether `a` is the better score. */
export function isBetter({ better }: Measure, a: number, b: number): boolean {
  return better === 'lower' ? a < b : a > b;
}
