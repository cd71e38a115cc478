import type { TaskConfig } from '../config/schema.ts';
import type { Seeds } from '../config/seeds.ts';
import type { Preparation } from '../data/dataset.ts';
import type { Batch, Scores } from '../models/batch.ts';
import type { Head, InputSpec } from '../models/spec.ts';

export type Split = 'train' | 'valid' | 'test';

/** Scores of a predictor on a split; each key is a metric's name without its split, e.g. `mse`, `loss`, `accuracy`. */
export type Metrics = Readonly<Record<string, number>>;

/** Adds up the scores of evaluation batches. */
export interface Tally {
  add(batch: Batch, scores: Scores): void;
  /** One value for each of `metricsOf` the task (config/tasks.ts), in its order. */
  result(): Metrics;
}

/** What makes a task needs besides its config. */
export interface TaskOptions {
  readonly seeds: Pick<Seeds, 'data' | 'order'>;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
  /** Who watches data being made ready, which takes a while at a corpus's first use. */
  readonly preparation?: Preparation;
}

/**
 * Files of a run that hold what turned raw data into inputs and classes, beyond the config: with one of them a checkpoint can
 * be used where the data is not.
 */
export const PREPROCESSING_FILES = ['features.json', 'pixels.json', 'vocabulary.txt'] as const;

export type PreprocessingFile = (typeof PREPROCESSING_FILES)[number];

/** Data in, batches out. Every method is a pure function of the config and its seed: data order is never state. */
export interface Task {
  readonly input: InputSpec;
  readonly head: Head;
  /** The most time steps of a training batch (T). */
  readonly steps: number;
  /**
   * For `train`, the minibatch of update number `index` (0, 1, 2, ... without end; the training set is
   * reshuffled every epoch). For `valid` and `test`, the `index`-th of `batches(split)` consecutive
   * slices that together hold every sequence of the split exactly once, in order; the last one may be smaller.
   */
  batch(split: Split, index: number): Batch;
  /** Number of evaluation batches of a split. */
  batches(split: 'valid' | 'test'): number;
  /** Sequences in a split; Infinity for training data that is made fresh for every update. */
  size(split: Split): number;
  /** Starts adding up the scores of a split. */
  tally(): Tally;
  /** The score of the best constant predictor on the test split, computed from the data. */
  readonly baseline: Metrics;
  /** What a reader has to know of the data to judge a score, in a line; null where the task's name says it. */
  readonly dataNote: string | null;
  /** Facts about the data worth keeping with a run: file hashes, the permutation's hash. */
  readonly provenance: Readonly<Record<string, string | number>>;
  /** The text of each file of PREPROCESSING_FILES that this task needs. */
  preprocessing(): ReadonlyMap<PreprocessingFile, string>;
}

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

/** What src/tasks/<name>/task.ts exports. */
interface TaskModule {
  createTask(config: TaskConfig, options: TaskOptions): Task | Promise<Task>;
}

/**
 * Makes the task of a config. Reads its data files; throws UserError (65, 66, 78) when they are bad, missing or too few.
 * A task is found by its name, and loaded alone: pixel_mnist in pixel-mnist/task.ts.
 */
export async function createTask(config: TaskConfig, options: TaskOptions): Promise<Task> {
  const folder = config.name.replaceAll('_', '-');
  const module: TaskModule = await import(`./${folder}/task.ts`);
  return module.createTask(config, options);
}
