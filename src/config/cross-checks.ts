import { isRelativeData } from './data-base.ts';
import { enginesWith, takesKey } from './engines.ts';
import type { Config } from './schema.ts';
import { didYouMean } from './suggest.ts';
import type { Finding } from './tasks/facts.ts';
import { units } from './tasks/metric.ts';
import { factsOf, metricOf, type TaskName, watchable } from './tasks.ts';

/** The sections of a config that are valid by themselves. */
export type Sections = { readonly [Key in keyof Config]?: Config[Key] | undefined };

/** Tells a key from its default. */
type IsWritten = (path: readonly string[]) => boolean;

/** Whether `recurrent_std` means something. */
export function startsGaussian(model: Config['model']): boolean {
  return !('recurrent_start' in model) || model.recurrent_start === 'gaussian';
}

/** Finds the keys that contradict each other or would mean nothing. */
export function crossCheck(sections: Sections, isWritten: IsWritten): Finding[] {
  return [
    ...checkStop(sections),
    ...checkBest(sections),
    ...checkSchedule(sections.training),
    ...checkOptimizer(sections.training),
    ...checkPrecision(sections),
    ...checkTask(sections, isWritten),
    ...checkUnused(sections, isWritten),
  ];
}

function* checkStop({ stop, task }: Sections): Generator<Finding> {
  if (stop === undefined || stop === null) return;
  if (task !== undefined) yield* checkMetric(['stop', 'metric'], stop.metric, task.name);
  const { below, above, patience } = stop;
  if (below === undefined && above === undefined && patience === null) {
    const message = 'stop needs "below", "above" or "patience"';
    yield { path: ['stop'], message, hint: 'for example below: 0.01' };
  } else if (below !== undefined && above !== undefined) {
    yield { path: ['stop', 'above'], message: 'stop takes "below" or "above", not both' };
  }
  yield* checkBounds(stop);
}

function* checkBest({ checkpoint, task }: Sections): Generator<Finding> {
  if (task === undefined || !checkpoint || checkpoint.best === null) return;
  yield* checkMetric(['checkpoint', 'best'], checkpoint.best, task.name);
}

/** A rule with a metric that the task does not have, or that nothing may be chosen by, would never fire. */
export function* checkMetric(path: readonly string[], metric: string, task: TaskName): Generator<Finding> {
  const known = watchable(task);
  if (known.includes(metric)) return;
  const hint = didYouMean(metric, known) ?? `its metrics: ${known.join(', ')}`;
  const isReported = factsOf(task).metrics.some(({ name }) => metric === `valid_${name}`);
  const message = isReported
    ? `${metric} is there to be reported, not to choose by`
    : `${task} has no metric "${metric}"`;
  yield { path, message: `${path.join('.')}: ${message}`, hint };
}

/** Bounds that no score, or every score, passes. */
function* checkBounds({ metric: column, below, above }: NonNullable<Config['stop']>): Generator<Finding> {
  const metric = metricOf(column);
  if (metric === undefined) return;
  const { least, most } = units[metric.unit];
  const bounds = { below, above };
  // An accuracy is better the higher it is, an error or a loss the lower: the other way round nothing is solved.
  const [better, worse] =
    metric.better === 'higher' ? (['above', 'below'] as const) : (['below', 'above'] as const);
  if (bounds[worse] !== undefined && bounds[better] === undefined) {
    const message = `stop.${worse}: ${column} is better the ${metric.better} it is`;
    yield { path: ['stop', worse], message, hint: `use "${better}"` };
  }
  const hint = metric.unit === 'fraction' ? { hint: 'its values are fractions between 0 and 1' } : {};
  if (below !== undefined && below <= least) {
    yield {
      path: ['stop', 'below'],
      message: `stop.below: no ${metric.label} is ever below ${below}`,
      ...hint,
    };
  }
  if (above !== undefined && above >= most) {
    yield {
      path: ['stop', 'above'],
      message: `stop.above: no ${metric.label} is ever above ${above}`,
      ...hint,
    };
  }
  if (above !== undefined && above < least) {
    yield {
      path: ['stop', 'above'],
      message: `stop.above: every ${metric.label} is above ${above}`,
      ...hint,
    };
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

function* checkPrecision({ training, engine }: Sections): Generator<Finding> {
  if (training === undefined || engine === undefined) return;
  const { precision } = training;
  if (precision === 'float32' || engine.instruction_set === 'amx') return;
  yield {
    path: ['training', 'precision'],
    message: `training.precision: ${precision} is there with the amx kernels only`,
    hint: 'add engine.instruction_set: amx, or leave it at float32',
  };
}

function* checkTask({ task, training, model }: Sections, isWritten: IsWritten): Generator<Finding> {
  if (task === undefined) return;
  const facts = factsOf(task.name);
  const batch = training?.batch ?? 1;
  const available = facts.trainingSequences?.(task) ?? Infinity;
  if (batch > available) {
    const message = `training.batch: a minibatch of ${batch} is more than the ${available} training sequences`;
    yield { path: ['training', 'batch'], message };
  }
  if (!facts.words && model !== undefined && model.embedding !== null) {
    const message = `model.embedding means nothing for ${task.name}, whose inputs are not words`;
    yield { path: ['model', 'embedding'], message, hint: 'remove it' };
  }
  yield* facts.check?.(task, { training, model }) ?? [];
  for (const [key, when] of Object.entries(facts.idleKeys?.(task) ?? {})) {
    if (isWritten(['task', key])) yield { path: ['task', key], message: `task.${key} means nothing ${when}` };
  }
}

function* checkUnused(sections: Sections, isWritten: IsWritten): Generator<Finding> {
  const { task, model, stop, engine } = sections;
  if (model !== undefined && !startsGaussian(model) && isWritten(['model', 'recurrent_std'])) {
    const message = 'model.recurrent_std means nothing unless recurrent_start: gaussian';
    yield { path: ['model', 'recurrent_std'], message, hint: 'remove one of them' };
  }
  const bounded = stop?.below !== undefined || stop?.above !== undefined;
  for (const key of ['evaluations', 'extra_steps']) {
    if (!stop || stop.patience === null || bounded || !isWritten(['stop', key])) continue;
    const message = `stop.${key} means nothing without "below" or "above"`;
    yield { path: ['stop', key], message, hint: 'patience counts by itself' };
  }
  if (task !== undefined && isWritten(['task', 'data_base']) && !isRelativeData(task)) {
    const message = 'task.data_base means nothing unless task.data is a relative path';
    yield { path: ['task', 'data_base'], message, hint: 'remove it' };
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
