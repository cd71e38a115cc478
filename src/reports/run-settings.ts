import { canonicalJson, withoutLaterKeys } from '../config/hash.ts';
import { type RunConfig, setting } from './run-record.ts';

/**
 * What has to be equal for two runs to be seeds of one curve. Left out: the seed, the name, how often a run is
 * scored and saved, when it stops, what computes it, and the number of steps, unless the learning rate's schedule
 * depends on it.
 */
export function settingsOf(config: RunConfig): object {
  const { task, model, training } = withoutLaterKeys({
    task: config.task,
    model: config.model,
    training: config.training,
  }) as Record<string, Record<string, unknown> | undefined>;
  const { steps, ...rest } = training ?? {};
  const depends = setting<string>(config, 'training.schedule.type', 'constant') === 'cosine';
  return { task, model, training: depends ? { steps, ...rest } : rest };
}

export function settingsKey(config: RunConfig): string {
  return canonicalJson(settingsOf(config));
}

/** Dotted paths of the leaves of a map, with their values as text. */
function flatten(value: unknown, prefix = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Map([
      [prefix, value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)],
    ]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...flatten(inner, prefix === '' ? key : `${prefix}.${key}`),
    ]),
  );
}

/** The settings in which configs differ: for each path the value in each config, empty where it has none. */
export function differences(configs: readonly object[]): { path: string; values: string[] }[] {
  const maps = configs.map((config) => flatten(config));
  const paths = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  return paths
    .map((path) => ({ path, values: maps.map((map) => map.get(path) ?? '') }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** The settings a reader compares with the paper's, in words. */
export function settingsInWords(config: RunConfig): string {
  const clip = setting<number | null>(config, 'training.clip.threshold', null);
  const mode = setting<string>(config, 'training.clip.mode', 'norm');
  const optimizer = setting<string>(config, 'training.optimizer.name', 'sgd');
  const [schedule, dropout] = [
    setting<string>(config, 'training.schedule.type', 'constant'),
    setting<number>(config, 'model.dropout', 0),
  ];
  const scale = setting<number>(config, 'model.scale', 1);
  return [
    ...(optimizer === 'sgd' ? [] : [optimizer]),
    `rate ${setting<number>(config, 'training.learning_rate', 0)}${schedule === 'constant' ? '' : ` (${schedule})`}`,
    clip === null ? 'no clipping' : `clip ${clip}${mode === 'norm' ? '' : ` (${mode})`}`,
    ...(setting<string>(config, 'model.type', '') === 'lstm'
      ? [`forget bias ${setting<number>(config, 'model.forget_bias', 1)}`]
      : []),
    ...(scale === 1 ? [] : [`recurrent weights from ${scale} I`]),
    ...(dropout > 0 ? [`dropout ${dropout}`] : []),
    ...(setting<string>(config, 'task.name', '') === 'pixel_mnist'
      ? [`pixels ${setting<string>(config, 'task.pixel_scale', 'raw')}`]
      : []),
  ].join(', ');
}
