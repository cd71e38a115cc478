import { stringify } from 'yaml';
import type { Config } from './schema.ts';

/**
 * The resolved config as YAML, every default written out. Read back, it gives the identical config.
 * A key that means nothing under the config's other settings is left out.
 */
export function toYaml(config: Config): string {
  const meaningful = { ...config, task: meaningfulTask(config.task), stop: meaningfulStop(config.stop) };
  return stringify(meaningful, { version: '1.2', lineWidth: 0 });
}

function meaningfulTask(task: Config['task']): object {
  if (task.name === 'pixel_mnist' && !task.permuted) {
    const { permutation_seed: _, ...rest } = task;
    return rest;
  }
  if (task.name === 'phone_frames') {
    const { synthetic, valid_speakers, ...rest } = task;
    return task.data === 'synthetic' ? { ...rest, synthetic } : { ...rest, valid_speakers };
  }
  return task;
}

function meaningfulStop(stop: Config['stop']): object | null {
  if (stop === null || stop.below !== undefined || stop.above !== undefined) return stop;
  const { evaluations: _, extra_steps: __, ...rest } = stop;
  return rest;
}
