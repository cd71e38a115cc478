import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { checkpointSteps } from '../../src/training/checkpoint.ts';
import { readOutcome } from '../../src/training/run-directory.ts';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { onlyRun } from '../faults/program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const BEST = '{ every: 50, keep: 2, best: valid_mse, keep_every: 350 }';

/** Learns its few training sequences by heart, so that its best evaluation is an early one. */
const lines = {
  task: '{ name: adding, T: 5, train_size: 4, valid_size: 50, test_size: 50 }',
  model: '{ type: irnn, hidden: 12 }',
  training: '{ steps: 1400, batch: 4, learning_rate: 0.05, clip: { threshold: 1 } }',
  evaluate: '{ every: 20 }',
};

function overfitting(checkpoint: string): { config: string; out: string } {
  const folder = temporaryFolder();
  return { config: writeConfig(folder, { ...lines, checkpoint }), out: join(folder, 'out') };
}

async function trained(checkpoint: string): Promise<string> {
  const { config, out } = overfitting(checkpoint);
  expect((await irnnRun(config, '--out', out, '--quiet')).exitCode).toBe(0);
  return onlyRun(out);
}

const rowsOf = (run: string) => readCsv(join(run, 'metrics.csv')).rows;

const bestOf = (run: string, among: (step: number) => boolean = () => true) =>
  rowsOf(run)
    .filter(({ step }) => among(step!))
    .reduce((a, b) => (b.valid_mse! < a.valid_mse! ? b : a));

describe('checkpoint.best and checkpoint.keep_every', () => {
  it('keep the best one and each so many steps beside the newest, and change neither name nor scores', async () => {
    const [plain, run] = [await trained('{ every: 50 }'), await trained(BEST)];
    expect(basename(run)).toBe(basename(plain));
    expect(readFileSync(join(run, 'metrics.csv'))).toEqual(readFileSync(join(plain, 'metrics.csv')));
    const best = bestOf(run);
    expect(best.step).toBeLessThan(1300);
    const kept = new Set([1400, 1350, 1050, 700, 350, best.step!]);
    expect(checkpointSteps(run)).toEqual([...kept].sort((a, b) => b - a));
    expect(checkpointSteps(plain)).toEqual([1400, 1350]);
    expect(readOutcome(plain)!.best).toBeUndefined();
    expect(readOutcome(run)!.best).toEqual({
      step: best.step,
      metrics: { valid_mse: best.valid_mse, test_mse: best.test_mse },
      checkpoint: `checkpoint-${best.step}.safetensors`,
    });

    const scored = async (...argv: string[]) => {
      const { step, metrics } = JSON.parse((await irnnRun('eval', run, '--json', ...argv)).stdout);
      expect(metrics.mse).toBe(rowsOf(run).find((row) => row.step === step)!.test_mse);
      return step;
    };
    expect(await scored()).toBe(best.step);
    expect(await scored('--checkpoint', 'best')).toBe(best.step);
    expect(await scored('--checkpoint', 'last')).toBe(1400);
    expect(await scored('--checkpoint', '700')).toBe(700);

    const published = temporaryFolder();
    expect(spawnSync('bash', ['scripts/publish-runs.sh', published, run]).status).toBe(0);
    expect(checkpointSteps(join(published, basename(run)))).toEqual([1400, best.step]);
  });

  it('leave the same files when the run is paused, before and after the best evaluation', async () => {
    const run = await trained(BEST);
    const { config, out } = overfitting(BEST);
    const { step } = bestOf(run);
    for (const pause of [1, step!, step! + 1, 1333]) {
      await irnnRun(config, '--out', out, '--until-step', String(pause));
    }
    await irnnRun(config, '--out', out);
    const names = (folder: string) =>
      readdirSync(folder).filter((name) => /^(checkpoint|metrics|DONE)/.test(name));
    expect(names(onlyRun(out))).toEqual(names(run));
    for (const name of names(run)) {
      expect(readFileSync(join(onlyRun(out), name)), name).toEqual(readFileSync(join(run, name)));
    }
  });

  it('count from what is there, when they are added to a run that has begun', async () => {
    const { config, out } = overfitting('{ every: 50 }');
    await irnnRun(config, '--out', out, '--until-step', '900');
    await irnnRun(config, '--out', out, '--set', 'checkpoint.best=valid_mse');
    // The best of all is gone; 900 is an evaluation with a checkpoint, 850 has one and no evaluation.
    const best = bestOf(onlyRun(out), (step) => step >= 900);
    expect(bestOf(onlyRun(out)).step).toBeLessThan(850);
    expect(readOutcome(onlyRun(out))!.best!.step).toBe(best.step);
    expect(checkpointSteps(onlyRun(out))).toContain(best.step);
    // Run again from its start it has another best one, and is the same run.
    expect(await irnnRun('verify', onlyRun(out), '--all')).toMatchObject({ exitCode: 0 });
  });

  it('go by another metric than a rule with patience, if they name one', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, {
      task: '{ name: language_model, data: text, unroll: 5 }',
      training: '{ steps: 60, batch: 4, learning_rate: 0.5, clip: { threshold: 1 } }',
      evaluate: '{ every: 10 }',
      stop: '{ metric: valid_loss, patience: 5 }',
      checkpoint: '{ best: valid_accuracy }',
    });
    const text = 'a b c d e f g h\nb c d a a c\nd e a b h g\na a a b\n'.repeat(4);
    mkdirSync(join(folder, 'text'));
    for (const split of ['train', 'valid', 'test']) {
      writeFileSync(join(folder, 'text', `${split}.txt`), text);
    }
    const { exitCode, stderr } = await irnnRun(config, '--out', join(folder, 'out'));
    expect(exitCode, stderr).toBe(0);
    const run = onlyRun(join(folder, 'out'));
    const best = rowsOf(run).reduce((a, b) => (b.valid_accuracy! > a.valid_accuracy! ? b : a));
    expect(readOutcome(run)!.best!.step).toBe(best.step);
  });
});

describe('a checkpoint that is asked for in vain', () => {
  it.each([
    [['--checkpoint', 'best'], 66, /keeps no best checkpoint; set checkpoint\.best .* --checkpoint last/],
    [['--checkpoint', '7'], 66, /checkpoint-7\.json: no such checkpoint/],
    [['--checkpoint', 'newest'], 64, /--checkpoint newest: expected best, last, or a step/],
    [['--checkpoint', '1', '--step', '2'], 64, /--checkpoint is given 2 times/],
  ])('%j exits with %i', async (argv, exitCode, stderr) => {
    const folder = temporaryFolder();
    await irnnRun(writeConfig(folder), '--out', join(folder, 'out'), '--quiet');
    const result = await irnnRun('eval', onlyRun(join(folder, 'out')), ...argv);
    expect(result).toMatchObject({ exitCode, stderr: expect.stringMatching(stderr) });
  });

  it('is not kept by a metric of another task, or of the test split', async () => {
    for (const [metric, message] of [
      ['valid_accuracy', /checkpoint\.best: adding has no metric "valid_accuracy"/],
      ['test_mse', /chosen by a validation metric only/],
    ] as const) {
      const config = writeConfig(temporaryFolder());
      const result = await irnnRun('check', config, '--set', `checkpoint.best=${metric}`);
      expect(result).toMatchObject({ exitCode: 78, stderr: expect.stringMatching(message) });
    }
  });
});
