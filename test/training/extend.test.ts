import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { readOutcome } from '../../src/training/run-directory.ts';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const EVERY = 20;

/** A run of its own folder, and the same config run again with other settings. */
function experiment(sections: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const config = writeConfig(folder, {
    task: '{ name: adding, T: 5, train_size: 50, valid_size: 20, test_size: 20 }',
    model: '{ type: irnn, hidden: 12 }',
    training: '{ steps: 50, batch: 4, learning_rate: 0.05, clip: { threshold: 1 } }',
    evaluate: `{ every: ${EVERY} }`,
    checkpoint: '{ every: 30, keep: 2 }',
    ...sections,
  });
  const out = join(folder, 'runs');
  return {
    run: (...set: string[]) => irnnRun(config, '--out', out, ...set.flatMap((text) => ['--set', text])),
    get directory() {
      const [name, ...others] = readdirSync(out);
      expect(others).toEqual([]);
      return join(out, name!);
    },
  };
}

/** What has to be the same bytes, however often a run was extended. */
function bytesOf(directory: string) {
  const read = (name: string) => readFileSync(join(directory, name));
  const done = readOutcome(directory)!;
  return { metrics: read('metrics.csv'), done: read('DONE.json'), weights: read(done.checkpoint) };
}

describe('a run with a larger bound', () => {
  it.each([
    // In the middle between two evaluations, at one, and at one that is no checkpoint.
    [50, 130],
    [60, 130],
    [40, 100],
    [7, 15],
  ])('goes on from step %d to %d, to the same bytes as a run of that length', async (first, second) => {
    const extended = experiment();
    await extended.run(`training.steps=${first}`);
    const { stdout, stderr, exitCode } = await extended.run(`training.steps=${second}`);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(`finished at step ${second}`),
    });
    expect(stderr).toContain(`finished at step ${first}, and goes on`);
    const whole = experiment();
    await whole.run(`training.steps=${second}`);
    expect(bytesOf(extended.directory)).toEqual(bytesOf(whole.directory));
    expect(readFileSync(join(extended.directory, 'config.yaml'), 'utf8')).toContain(`steps: ${second}`);
  });

  it('is done where a smaller one is asked for', async () => {
    const { run, directory } = await (async () => {
      const made = experiment();
      await made.run();
      return made;
    })();
    const before = bytesOf(directory);
    const { stdout } = await run('training.steps=30');
    expect(stdout).toContain('already finished at step 50');
    expect(bytesOf(directory)).toEqual(before);
  });

  it('ends where it is, if it is past its new bound and not over', async () => {
    const made = experiment({ training: '{ steps: 500, batch: 4, learning_rate: 0.05 }' });
    await irnnRunPaused(made, 70);
    const { stdout } = await made.run('training.steps=50');
    expect(stdout).toContain('finished at step 70');
    expect(readCsv(join(made.directory, 'metrics.csv')).rows.map(({ step }) => step)).toEqual([
      0, 20, 40, 60, 70,
    ]);
  });
});

async function irnnRunPaused({ run }: ReturnType<typeof experiment>, step: number) {
  await run(`training.steps=${step}`);
}

describe('a solved run', () => {
  const stop = '{ metric: valid_mse, below: 0.05, evaluations: 2 }';
  const training = '{ steps: 4000, batch: 4, learning_rate: 0.05, clip: { threshold: 1 } }';

  it('goes on without its rule, and under a stricter one, to the same bytes as if there had been none', async () => {
    const extended = experiment({ training, stop });
    expect((await extended.run()).stdout).toContain('solved at step');
    const { step } = readOutcome(extended.directory)!;
    const end = step + 45;
    await extended.run('stop.evaluations=3', `training.steps=${end}`);
    await extended.run('stop=null', `training.steps=${end}`);
    const whole = experiment({ training });
    await whole.run(`training.steps=${end}`);
    expect(bytesOf(extended.directory).metrics).toEqual(bytesOf(whole.directory).metrics);
    expect(bytesOf(extended.directory).weights).toEqual(bytesOf(whole.directory).weights);
  });

  it('makes its extra steps and says when it was solved', async () => {
    const plain = experiment({ training, stop });
    await plain.run();
    const { step } = readOutcome(plain.directory)!;
    expect(readOutcome(plain.directory)).toMatchObject({ status: 'solved', solved_at: step });
    const { stdout } = await plain.run('stop.extra_steps=70');
    expect(stdout).toContain(`solved at step ${step.toLocaleString('en')}`);
    expect(stdout).toContain(`ended at step ${(step + 80).toLocaleString('en')}`);
    expect(readOutcome(plain.directory)).toMatchObject({
      status: 'solved',
      solved_at: step,
      step: step + 80,
    });
    const rule = '{ metric: valid_mse, below: 0.05, evaluations: 2, extra_steps: 70 }';
    const whole = experiment({ training, stop: rule });
    await whole.run();
    expect(bytesOf(plain.directory)).toEqual(bytesOf(whole.directory));
  });
});

describe('numerics versions', () => {
  it('a run that began with another one is not continued', async () => {
    const { run, directory } = await (async () => {
      const made = experiment();
      await made.run();
      return made;
    })();
    const path = join(directory, 'meta.json');
    const { sha256: _, ...meta } = JSON.parse(readFileSync(path, 'utf8'));
    expect(meta.engine.numerics).toEqual(expect.any(Number));
    for (const numerics of [meta.engine.numerics + 1, undefined]) {
      writeFileSync(path, JSON.stringify({ ...meta, engine: { ...meta.engine, numerics } }));
      const before = bytesOf(directory);
      const { exitCode, stderr } = await run('training.steps=90');
      expect(exitCode).toBe(ExitCode.badData);
      expect(stderr).toMatch(/numerics version \d+ of native .*start over with --fresh/);
      expect(bytesOf(directory)).toEqual(before);
      expect((await run()).stdout).toContain('already finished');
    }
    expect(existsSync(join(directory, '.lock'))).toBe(false);
  });
});
