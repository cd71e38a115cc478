import { z } from 'zod';
import { adding } from './tasks/adding.ts';
import type { TaskFacts } from './tasks/facts.ts';
import { languageModel } from './tasks/language-model.ts';
import { type Metric, units } from './tasks/metric.ts';
import { phoneFrames } from './tasks/phone-frames.ts';
import { pixelMnist } from './tasks/pixel-mnist.ts';

/** Every task, by the name that configs use. Its data is read in src/tasks/<the name with dashes>/task.ts. */
const tasks = { adding, pixel_mnist: pixelMnist, language_model: languageModel, phone_frames: phoneFrames };

export type TaskName = keyof typeof tasks;
export const taskNames = Object.keys(tasks) as readonly TaskName[];

type Schemas = (typeof tasks)[TaskName]['schema'];

/** What is learned, by the task's name. */
export const taskSchema = z.discriminatedUnion(
  'name',
  Object.values(tasks).map(({ schema }): Schemas => schema) as [Schemas, ...Schemas[]],
);

export type TaskConfig = z.output<Schemas>;

/** All that is known of a task without its data. */
export function factsOf(name: TaskName): TaskFacts<z.ZodObject, TaskConfig> {
  return tasks[name] as unknown as TaskFacts<z.ZodObject, TaskConfig>;
}

/** A task's scores, in the order of their columns; the first is the one by which it is judged. */
export function metricsOf(task: TaskConfig): readonly Metric[] {
  return factsOf(task.name).metrics.filter(({ when }) => when === undefined || when(task));
}

/** The score by which a task is judged. */
export function judgedBy(name: TaskName): Metric {
  return factsOf(name).metrics[0];
}

/** The columns that a run of a task may be stopped by and chosen by. */
export function watchable(name: TaskName): string[] {
  const metrics = factsOf(name).metrics.filter(({ reportedOnly }) => !reportedOnly);
  return metrics.map((metric) => `valid_${metric.name}`);
}

/** The column of the validation score that training minimises; the score is not finite once a run has diverged. */
export function validationLoss(task: TaskConfig): string {
  return `valid_${metricsOf(task).find(({ unit }) => units[unit].isLoss)!.name}`;
}

const byName: ReadonlyMap<string, Metric> = new Map(
  taskNames.flatMap((name) => factsOf(name).metrics.map((metric) => [metric.name, metric])),
);

/** The metric that stands in a column of metrics.csv (`valid_mse`); undefined for a column that is no score. */
export function metricOf(column: string): Metric | undefined {
  const name = /^(?:valid|test)_(.*)$/.exec(column)?.[1];
  return name === undefined ? undefined : byName.get(name);
}

/** Whether more of a score is better, as of an accuracy. Throws for a column that no task has: checks come first. */
export function higherIsBetter(column: string): boolean {
  const metric = metricOf(column);
  if (metric === undefined) throw new Error(`no task has a metric "${column}"`);
  return metric.better === 'higher';
}
