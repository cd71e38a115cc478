import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../src/config/config-error.ts';
import { type LoadedSweep, loadSweep, type SweepOverrides } from '../../src/sweeps/load.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export const BASE = `name: base
task: { name: adding, T: 5, train_size: 50, valid_size: 8, test_size: 8 }
model: { type: irnn, hidden: 3 }
training: { steps: 100, batch: 4, learning_rate: 0.01, clip: { threshold: 1 } }
evaluate: { every: 10 }
checkpoint: { every: 20 }
`;

/** A sweep over BASE; tests add to it. */
export const SWEEP = `name: sweep
base: base.yaml
`;

/** Writes a sweep and its base into a new folder and returns the sweep's path. */
export function writeSweep(text: string, base = BASE): string {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'base.yaml'), base);
  const file = join(folder, 'sweep.yaml');
  writeFileSync(file, text);
  return file;
}

const nothing: SweepOverrides = { config: {}, slurm: [] };

export function load(text: string, overrides: Partial<SweepOverrides> = {}, base = BASE): LoadedSweep {
  return loadSweep(writeSweep(text, base), { ...nothing, ...overrides });
}

/** The ConfigError that a sweep causes. */
export function errorOf(text: string, overrides: Partial<SweepOverrides> = {}, base = BASE): ConfigError {
  try {
    load(text, overrides, base);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the sweep is valid');
}
