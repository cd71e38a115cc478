import { stringify } from 'yaml';
import type { Config } from './schema.ts';
import { factsOf } from './tasks.ts';

/**
 * The resolved config as YAML, every default written out. Read back, it gives the identical config.
 * A key that means nothing under the config's other settings is left out.
 */
export function toYaml(config: Config): string {
  const meaningful = { ...config, task: meaningfulTask(config.task), stop: meaningfulStop(config.stop) };
  return stringify(meaningful, { version: '1.2', lineWidth: 0 });
}

function meaningfulTask(task: Config['task']): object {
  const idle = factsOf(task.name).idleKeys?.(task) ?? {};
  return Object.fromEntries(Object.entries(task).filter(([key]) => !Object.hasOwn(idle, key)));
}

function meaningfulStop(stop: Config['stop']): object | null {
  if (stop === null || stop.below !== undefined || stop.above !== undefined) return stop;
  const { evaluations: _, extra_steps: __, ...rest } = stop;
  return rest;
}
