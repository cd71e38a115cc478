import type { z } from 'zod';
import type { ModelConfig } from '../model-schema.ts';
import type { TrainingConfig } from '../training-schema.ts';
import { path } from '../values.ts';
import type { Metric } from './metric.ts';

/** A contradiction between keys, placed at one of them. */
export interface Finding {
  readonly path: readonly string[];
  readonly message: string;
  readonly hint?: string;
}

/** The sections beside the task that are valid by themselves. */
export interface OtherSections {
  readonly model?: ModelConfig | undefined;
  readonly training?: TrainingConfig | undefined;
}

/**
 * All that a config can say of a task and all that is known of it without its data. How its data is read and made into
 * batches stands in src/tasks/<name>/.
 */
export interface TaskFacts<Schema extends z.ZodObject, Task = z.output<Schema>> {
  readonly schema: Schema;
  /** In the order of the columns of metrics.csv; the first is the one by which the task is judged. */
  readonly metrics: readonly [Metric<Task>, ...Metric<Task>[]];
  /** Whether its inputs are words, for which a model has an embedding. */
  readonly words: boolean;
  /** The value of `data` that stands for data which comes with the program. */
  readonly builtInData?: string;
  /** Training sequences, where the config alone says it. */
  trainingSequences?(task: Task): number | null;
  /** Keys that mean nothing beside the task's other keys, and when: ` unless permuted: true`. */
  idleKeys?(task: Task): Readonly<Record<string, string>>;
  /** Contradictions that its schema cannot say. */
  check?(task: Task, others: OtherSections): Iterable<Finding>;
}

/** Where `data` may be a path. */
export const dataBase = path
  .optional()
  .describe(
    'The folder that a relative data starts from; filled in when a run begins. By default the folder of the config, or the current one if there is nothing there.',
  );
