import { extname } from 'node:path';
import { loadConfig } from '../../../config/load.ts';
import type { Overrides } from '../../../config/overrides.ts';
import { seedsOf } from '../../../config/seeds.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { safetensorsParts } from '../../../support/safetensors.ts';
import { exportSplit } from '../../../tasks/export-split.ts';
import { createTask } from '../../../tasks/task.ts';
import { findInput } from '../../inputs.ts';
import { createPreparation } from '../../terminal/preparation-bar.ts';
import { writeResult } from '../../write-result.ts';

interface ExportOptions {
  readonly out: string;
  readonly split: 'train' | 'valid' | 'test';
  readonly batches?: number | undefined;
}

/** Throws UserError: 64 for options that do not fit, 65, 66 and 78 as a run does, 73 if the file cannot be written. */
export async function exportData(file: string, overrides: Overrides, options: ExportOptions): Promise<void> {
  const { out, split, batches } = options;
  if (extname(out) !== '.safetensors') {
    throw new UserError(ExitCode.usage, `--out: expected FILE.safetensors, found ${out}`);
  }
  if (batches === undefined ? split === 'train' : !(Number.isSafeInteger(batches) && batches > 0)) {
    throw new UserError(
      ExitCode.usage,
      batches === undefined
        ? '--split train: its minibatches go on without end; say how many with --batches'
        : `--batches: expected a whole number from 1 on, found ${batches}`,
    );
  }
  const config = loadConfig(findInput(file, 'config'), overrides);
  const task = await createTask(config.task, {
    seeds: seedsOf(config),
    batchSize: config.training.batch,
    preparation: createPreparation('data', false),
  });
  const all = split === 'train' ? Number.POSITIVE_INFINITY : task.batches(split);
  const exported = exportSplit(task, split, Math.min(all, batches ?? all), { task: config.task.name, split });
  writeResult(out, safetensorsParts(exported));
  const shapes = [...exported.tensors].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
  process.stdout.write(`${out}: ${shapes.join(', ')}\n`);
}
