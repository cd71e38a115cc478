import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './schema.ts';

/**
 * First 8 hex digits of the SHA-256 of everything that determines a run's result step by step, apart from its seed.
 * The name, the checkpoint interval and the number of threads do not; nor do the length and the stop rule, which say how
 * far a run goes: the same run is continued when they change (docs/decisions/0013). Two exceptions: a cosine schedule's
 * rates depend on the length, and patience decides which checkpoints are kept.
 */
export function configHash(config: Config): string {
  const { task, model, training, evaluate, stop, engine, seeds } = config;
  // The default was native before there was another engine for machines without it, and names have stayed.
  const { threads: _, ...determining } = engine.name === 'auto' ? { ...engine, name: 'native' } : engine;
  const { steps, ...endless } = training;
  const text = canonicalJson(
    withoutLaterKeys({
      task,
      model,
      training: training.schedule.type === 'cosine' ? { steps, ...endless } : endless,
      evaluate,
      ...(stop !== null && stop.patience !== null && { stop }),
      engine: determining,
      seeds,
    }),
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/**
 * Keys that a release added, with the value that stands for what the program did before. At this value they are not
 * hashed, so that a run keeps its name and is not made again.
 */
const laterKeys: Readonly<Record<string, unknown>> = {
  'model.embedding': null,
  'model.layers': 1,
  'model.bidirectional': false,
  'model.projection': null,
  'model.dropout': 0,
  'model.recurrent_start': 'gaussian',
  'training.softmax_samples': 'auto',
  'training.precision': 'float32',
  'training.optimizer.weight_decay': 0,
  'training.optimizer.decoupled_weight_decay': false,
  'stop.extra_steps': 0,
  'engine.device': 'auto',
  seeds: { data: null, weights: null, order: null },
};

export function withoutLaterKeys(sections: Record<string, unknown>): object {
  const copy = structuredClone(sections);
  // Where a path starts from is not what lies there: meta.json has the hashes of that.
  delete (copy.task as Record<string, unknown> | undefined)?.data_base;
  for (const [path, before] of Object.entries(laterKeys)) {
    const keys = path.split('.');
    const last = keys.pop()!;
    let parent: unknown = copy;
    for (const key of keys) parent = (parent as Record<string, unknown> | null | undefined)?.[key];
    const map = parent as Record<string, unknown> | null | undefined;
    if (map && isDeepStrictEqual(map[last], before)) delete map[last];
  }
  return copy;
}

/** Name of the run and of its directory: `<name>-<hash8>-s<seed>`. */
export function runName(config: Config): string {
  return `${config.name}-${configHash(config)}-s${config.seed}`;
}

/** JSON with sorted keys and without spaces, so that equal data is equal text. */
export function canonicalJson(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
