import { createHash } from 'node:crypto';
import type { Config } from './schema.ts';

/**
 * First 8 hex digits of the SHA-256 of everything that determines a run's result, apart from its seed.
 * The name and the checkpoint interval do not.
 */
export function configHash(config: Config): string {
  const { task, model, training, evaluate, stop, engine } = config;
  const text = canonicalJson({ task, model, training, evaluate, stop, engine });
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
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
