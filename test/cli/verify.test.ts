import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

const training = '{ steps: 130, batch: 4, learning_rate: 0.05, clip: { threshold: 1 } }';

/** A whole run of 130 steps, evaluated every 30. */
async function madeRun(changes: Record<string, string> = {}): Promise<string> {
  const folder = temporaryFolder();
  const config = writeConfig(folder, { training, model: '{ type: irnn, hidden: 12 }', ...changes });
  await irnnRun(config, '--out', join(folder, 'runs'));
  return join(folder, 'runs', readdirSync(join(folder, 'runs'))[0]!);
}

/** Replaces text in a file of the run; it has to be there. The file's own checksum goes, as someone would do it who wants to deceive. */
function edit(directory: string, name: string, from: string | RegExp, to: string): void {
  const path = join(directory, name);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after.replace(/,\s*"sha256": "\w{64}"(?=\s*}\s*$)/, ''));
}

/** So that nothing vouches for metrics.csv but a rerun. */
function takeDoneAway(directory: string): void {
  rmSync(join(directory, 'DONE.json'));
}

async function verify(...argv: string[]) {
  const { exitCode, stdout, stderr } = await irnnRun('verify', '--json', ...argv);
  return { exitCode, stderr, found: JSON.parse(stdout) as Record<string, unknown>[] };
}

describe('irnn-run verify', () => {
  it('runs to the third evaluation, to a step, or to the end, and leaves nothing behind', async () => {
    const directory = await madeRun();
    const files = readdirSync(directory);
    for (const [argv, rows, step] of [
      [[], 3, 60],
      [['--steps', '30'], 2, 30],
      [['--steps', '0'], 1, 0],
      [['--all'], 6, 130],
    ] as const) {
      const { exitCode, found } = await verify(directory, ...argv);
      expect({ exitCode, found }).toMatchObject({
        exitCode: 0,
        found: [{ verdict: 'verified', rows, step }],
      });
    }
    expect(readdirSync(directory)).toEqual(files);
    expect((await irnnRun('verify', directory)).stdout).toMatch(
      /: verified on native, \w+, 3 rows to step 60\n$/,
    );
  });

  it('finds a digit that was changed, in the row where it is', async () => {
    const directory = await madeRun();
    takeDoneAway(directory);
    edit(directory, 'metrics.csv', /(\n60,.*)\d(?=\n)/, '$1x');
    const { exitCode, found, stderr } = await verify(directory);
    expect(exitCode).toBe(ExitCode.unverified);
    expect(stderr).toContain('1 of 1 runs not verified');
    expect(found).toMatchObject([{ verdict: 'differs', rows: 2, step: 30, reason: 'the row of step 60' }]);
    // Up to there it is as it should be.
    expect((await verify(directory, '--steps', '30')).exitCode).toBe(0);
  });

  it('refuses a run whose outcome or config was edited', async () => {
    for (const [name, from, to] of [
      ['DONE.json', '"finished"', '"solved"'],
      ['config.yaml', 'learning_rate: 0.05', 'learning_rate: 0.06'],
    ] as const) {
      const directory = await madeRun();
      edit(directory, name, from, to);
      const { exitCode, stderr } = await irnnRun('verify', directory);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: ExitCode.badData,
        stderr: expect.stringContaining(name),
      });
    }
  });

  it('verifies what there is of an unfinished run', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, { training });
    await irnnRun(config, '--out', folder, '--until-step', '70');
    const directory = join(folder, readdirSync(folder).find((name) => name.startsWith('tiny-'))!);
    expect(await verify('--all', directory)).toMatchObject({ found: [{ verdict: 'verified', step: 60 }] });
  });

  it('says so where the numerics version is another one, or none', async () => {
    const directory = await madeRun();
    for (const numerics of ['99', 'null']) {
      edit(directory, 'meta.json', /"numerics": \w+/, `"numerics": ${numerics}`);
      const { exitCode, found } = await verify(directory);
      expect(exitCode).toBe(ExitCode.unverified);
      expect(found).toMatchObject([{ verdict: 'not comparable', rows: 0 }]);
      expect(found[0]!.reason).toMatch(
        numerics === '99' ? /run: 99; of this program: \d+/ : /older than these/,
      );
      expect((await verify('--comparable', directory)).exitCode).toBe(0);
    }
  });

  it.skipIf(nativeRoom.kernels().map(({ instructionSet }) => instructionSet).length < 2)(
    'holds a run of other kernels to a tolerance, for as long as two sets of this machine agree',
    async () => {
      const directory = await madeRun();
      takeDoneAway(directory);
      const here: readonly string[] = nativeRoom.kernels().map(({ instructionSet }) => instructionSet);
      const elsewhere = here.includes('neon') ? 'avx2' : 'neon';
      edit(directory, 'meta.json', /"instructionSet": "\w+"/, `"instructionSet": "${elsewhere}"`);
      const { exitCode, found } = await verify(directory, '--all');
      expect({ exitCode, found }).toMatchObject({ exitCode: 0, found: [{ verdict: 'agrees' }] });
      expect(found[0]!.rows).toBeGreaterThan(1);
      edit(directory, 'metrics.csv', /(\n30,(?:[^,]*,){8})[^,]*/, '$10.5');
      const edited = await verify(directory, '--all');
      expect(edited).toMatchObject({
        exitCode: ExitCode.unverified,
        found: [{ verdict: 'differs', step: 0 }],
      });
    },
  );

  it('compares what there is when the time is up', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, { training: training.replace('130', '1000000') });
    await irnnRun(config, '--out', folder, '--until-step', '70');
    const directory = join(folder, readdirSync(folder).find((name) => name.startsWith('tiny-'))!);
    const { exitCode, found } = await verify(directory, '--minutes', '1e-9', '--steps', '1000000');
    expect({ exitCode, found }).toMatchObject({ exitCode: 0, found: [{ verdict: 'verified', step: 0 }] });
  });

  it('wants numbers and runs', async () => {
    const directory = await madeRun();
    for (const argv of [
      ['--steps', '-1'],
      ['--steps', '1.5'],
      ['--minutes', '0'],
      ['--steps', '1', '--all'],
      [],
    ]) {
      const run = argv.length === 0 ? [] : [directory];
      expect((await irnnRun('verify', ...run, ...argv)).exitCode).toBe(ExitCode.usage);
    }
    expect((await irnnRun('verify', temporaryFolder())).exitCode).toBe(ExitCode.missingInput);
  });
});
