import { stringify } from 'yaml';
import { startsGaussian } from './cross-checks.ts';
import type { Config } from './schema.ts';
import { factsOf } from './tasks.ts';

/**
 * The resolved config as YAML, every default written out. Read back, it gives the identical config.
 * A key that means nothing under the config's other settings is left out.
 */
export function toYaml(config: Config): string {
  const meaningful = {
    ...config,
    task: meaningfulTask(config.task),
    model: meaningfulModel(config.model),
    stop: meaningfulStop(config.stop),
  };
  return stringify(meaningful, { version: '1.2', lineWidth: 0 });
}

function meaningfulTask(task: Config['task']): object {
  const idle = factsOf(task.name).idleKeys?.(task) ?? {};
  return Object.fromEntries(Object.entries(task).filter(([key]) => !Object.hasOwn(idle, key)));
}

function meaningfulModel(model: Config['model']): object {
  if (startsGaussian(model) || !('recurrent_std' in model)) return model;
  const { recurrent_std: _, ...rest } = model;
  return rest;
}

function meaningfulStop(stop: Config['stop']): object | null {
  if (stop === null || stop.below !== undefined || stop.above !== undefined) return stop;
  const { evaluations: _, extra_steps: __, ...rest } = stop;
  return rest;
}
