import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { checkpointSteps } from '../../src/training/checkpoint.ts';
import { readOutcome } from '../../src/training/run-directory.ts';
import { judge, noRuling, stops } from '../../src/training/stop-rule.ts';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';

describe('a rule with patience', () => {
  /** Evaluates scores in turn, a step each; returns the steps that are kept, and how and when the run ends. */
  function follow(metric: string, patience: number, scores: readonly (number | null)[]) {
    const stop = { metric, evaluations: 1, extra_steps: 0, patience };
    let ruling = noRuling;
    const kept: number[] = [];
    for (const [index, score] of scores.entries()) {
      const step = index + 1;
      const { best } = ruling;
      ruling = judge(stop, ruling, { step, [metric]: score });
      if (ruling.best !== best) kept.push(step);
      if (stops(stop, ruling, step)) return { kept, step };
    }
    return { kept, step: null };
  }

  it('counts evaluations since the best one, of which equals are none', () => {
    const end = { kept: [1, 2, 4], step: 6 };
    expect(follow('valid_perplexity', 2, [9, 8, 8, 7, 7, 7.5, 1])).toEqual(end);
  });

  it('takes the higher accuracy for the better one', () => {
    const end = { kept: [1, 3], step: 6 };
    expect(follow('valid_accuracy', 3, [0.5, 0.4, 0.6, 0.5, 0.6, 0.1, 0.9])).toEqual(end);
  });

  it('never keeps a score that is not finite or not there', () => {
    const end = { kept: [3], step: 6 };
    const scores = [Number.NaN, null, 5, Number.NaN, Number.NEGATIVE_INFINITY, null];
    expect(follow('valid_loss', 3, scores)).toEqual(end);
  });
});

describe('a run with patience that learns its few training sequences by heart', () => {
  const every = 20;
  const patience = 3;
  async function overfit() {
    const folder = temporaryFolder();
    const config = writeConfig(folder, {
      task: '{ name: adding, T: 5, train_size: 4, valid_size: 50, test_size: 50 }',
      model: '{ type: irnn, hidden: 12 }',
      training: '{ steps: 4000, batch: 4, learning_rate: 0.05, clip: { threshold: 1 } }',
      evaluate: `{ every: ${every} }`,
      stop: `{ metric: valid_mse, below: 0.0001, patience: ${patience} }`,
      checkpoint: '{ every: 50, keep: 2 }',
    });
    const out = join(folder, 'runs');
    const { stdout } = await irnnRun(config, '--out', out);
    return { config, stdout, directory: join(out, readdirSync(out)[0]!) };
  }

  it('ends so many evaluations after the best one, and keeps its checkpoint beside the two newest', async () => {
    const { directory, stdout: said } = await overfit();
    expect(said).toMatch(/stopped early at step \d+/);
    expect(said).toMatch(/best at step \d+: valid_mse/);
    const rows = readCsv(join(directory, 'metrics.csv')).rows;
    const best = rows.reduce((a, b) => (b.valid_mse! < a.valid_mse! ? b : a));
    const end = best.step! + patience * every;
    expect(readOutcome(directory)).toMatchObject({
      status: 'stopped early',
      step: end,
      checkpoint: `checkpoint-${end}.safetensors`,
      best: {
        step: best.step,
        metrics: { valid_mse: best.valid_mse, test_mse: best.test_mse },
        checkpoint: `checkpoint-${best.step}.safetensors`,
      },
    });
    expect(checkpointSteps(directory)).toEqual([end, expect.any(Number), best.step]);
    // `eval` scores the one that is kept as the best; another one if asked.
    const scored = async (...argv: string[]) =>
      JSON.parse((await irnnRun('eval', directory, '--json', ...argv)).stdout);
    expect(await scored()).toMatchObject({ step: best.step, metrics: { mse: best.test_mse } });
    expect(await scored('--step', String(end))).toMatchObject({ step: end });
    const { stdout } = await irnnRun('show', directory);
    expect(stdout).toMatch(new RegExp(`^best +valid_mse .* at step ${best.step}$`, 'm'));
  });

  it('ends with the same files when it is paused, before and after the best evaluation', async () => {
    const { config, directory } = await overfit();
    const { step, best } = readOutcome(directory)!;
    const again = join(temporaryFolder(), 'runs');
    for (const pause of [1, best!.step, best!.step + 1, step - 1]) {
      await irnnRun(config, '--out', again, '--until-step', String(pause));
    }
    await irnnRun(config, '--out', again);
    const paused = join(again, readdirSync(again)[0]!);
    for (const name of ['metrics.csv', 'DONE.json', best!.checkpoint, readOutcome(directory)!.checkpoint]) {
      expect(readFileSync(join(paused, name)), name).toEqual(readFileSync(join(directory, name)));
    }
  });
});
