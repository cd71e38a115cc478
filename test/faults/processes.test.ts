import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { onlyRun, sleep, start } from './program.ts';

/** A few seconds of real training that checkpoints all the time. */
const lively = {
  task: '{ name: adding, T: 50, train_size: 1000, valid_size: 200, test_size: 200 }',
  model: '{ type: irnn, hidden: 24 }',
  training:
    '{ steps: 40000, batch: 16, optimizer: { name: sgd, momentum: 0.9 }, learning_rate: 0.001, clip: { threshold: 1 } }',
  evaluate: '{ every: 700 }',
  checkpoint: '{ every: 400 }',
};
const KILLS = 50;

/** The files that must not depend on how often a run was interrupted. */
function resultOf(directory: string): Record<string, Buffer> {
  const done = JSON.parse(readFileSync(join(directory, 'DONE.json'), 'utf8'));
  const files = ['metrics.csv', 'DONE.json', 'config.yaml', done.checkpoint];
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(directory, file))]));
}

async function uninterrupted(changes = lively) {
  const out = join(temporaryFolder(), 'runs');
  const begun = performance.now();
  const { exitCode, stderr } = await start(writeConfig(join(out, '..'), changes), '--out', out).finished;
  expect(exitCode, stderr).toBe(0);
  return { result: resultOf(onlyRun(out)), ms: performance.now() - begun };
}

describe('processes', () => {
  it(`killed with SIGKILL ${KILLS} times and started again end with the same bytes`, {
    timeout: 240_000,
  }, async () => {
    const { result } = await uninterrupted();
    const folder = temporaryFolder();
    const out = join(folder, 'runs');
    const argv = [writeConfig(folder, lively), '--out', out];
    let kills = 0;
    for (let first = true; kills < KILLS; first = false) {
      const { child, finished } = start(...(first ? argv : [...argv, ...(isDone(out) ? ['--fresh'] : [])]));
      // From before the run directory is claimed until well into training.
      await sleep(100 + 500 * Math.random());
      if (child.kill('SIGKILL') && (await finished).signal === 'SIGKILL') kills += 1;
    }
    const { exitCode, stderr } = await start(...argv, ...(isDone(out) ? ['--fresh'] : [])).finished;
    expect(exitCode, stderr).toBe(0);
    expect(resultOf(onlyRun(out))).toEqual(result);
    expect(readdirSync(onlyRun(out)).filter((name) => name.endsWith('.tmp') || name === '.lock')).toEqual([]);
  });

  it('stopped with SIGTERM and SIGINT end with the same bytes', async () => {
    const { result } = await uninterrupted();
    const folder = temporaryFolder();
    const out = join(folder, 'runs');
    const argv = [writeConfig(folder, lively), '--out', out];
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
      ['SIGUSR1', 75],
    ] as const) {
      const { child, finished } = start(...argv);
      await new Promise((resolve) => child.stderr!.once('data', resolve)); // the first line: training has begun
      await sleep(100 * Math.random());
      child.kill(signal);
      expect((await finished).exitCode).toBe(code);
    }
    expect((await start(...argv).finished).exitCode).toBe(0);
    expect(resultOf(onlyRun(out))).toEqual(result);
  });

  it('started at once on one run directory leave it to a single one', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'runs');
    const config = writeConfig(folder, { ...lively, training: lively.training.replace('40000', '120000') });
    const endings = await Promise.all(Array.from({ length: 6 }, () => start(config, '--out', out).finished));
    expect(endings.map(({ exitCode }) => exitCode).sort()).toEqual([0, 75, 75, 75, 75, 75]);
    expect(endings.find(({ exitCode }) => exitCode === 75)!.stderr).toMatch(/in use by process \d+/);
  });
});

const canMount = (() => {
  try {
    const probe = '/tmp/irnn-run-mount-probe';
    mkdirSync(probe, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  }
})();

/** A small file system of its own; needs root. */
function mountTmpfs(options: string): string {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  onTestFinished(() => void execFileSync('umount', [folder]));
  return folder;
}

if (!canMount)
  console.warn('skipped: full and read-only disks; these tests mount their own, which needs root');

describe.runIf(canMount)('disks', () => {
  it('that fill up end the run with 74; with more space it continues to the same bytes', async () => {
    const changes = {
      ...lively,
      model: '{ type: irnn, hidden: 60 }',
      training: lively.training.replace('40000', '3000'),
    };
    const { result } = await uninterrupted(changes);
    const disk = mountTmpfs('size=112k');
    const argv = [writeConfig(temporaryFolder(), changes), '--out', join(disk, 'runs')];
    const full = await start(...argv).finished;
    expect(full.exitCode, full.stderr).toBe(74);
    expect(full.stderr).toMatch(/no space left on device/);
    execFileSync('mount', ['-o', 'remount,size=4m', disk]);
    const resumed = await start(...argv).finished;
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(resultOf(onlyRun(join(disk, 'runs')))).toEqual(result);
  });

  it('that cannot be written end the run with 73 before any training', async () => {
    const disk = mountTmpfs('ro');
    const { exitCode, stderr } = await start(
      writeConfig(temporaryFolder(), lively),
      '--out',
      join(disk, 'runs'),
    ).finished;
    expect(exitCode).toBe(73);
    expect(stderr).toMatch(/cannot create/);
  });
});

function isDone(out: string): boolean {
  try {
    return readdirSync(onlyRun(out)).includes('DONE.json');
  } catch {
    return false;
  }
}
