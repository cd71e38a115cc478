import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { irnnRun } from '../cli/harness.ts';
import { SweepFolder, until } from '../slurm/sweep-folder.ts';
import { SWEEP, writeSweep } from '../sweeps/example.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { start } from './program.ts';

const longer = (text: string) => text.replace('steps: 12000', 'steps: 4000');

function tableOf(root: string): string {
  const folder = readdirSync(root).find((name) => name.endsWith('.sweep'))!;
  return readFileSync(join(root, folder, 'runs.csv'), 'utf8');
}

/** Processes that work on runs under the folder. */
function holders(sweep: SweepFolder): number[] {
  return sweep.runs(sweep.reference).flatMap((run) => sweep.holder(run, sweep.reference) ?? []);
}

it('two sweeps at once on one folder both see it through', async () => {
  const sweep = new SweepFolder('twice', 'seeds: 3\n', longer);
  for (const { exitCode, stderr } of await Promise.all([sweep.runHere(), sweep.runHere()])) {
    expect(exitCode, stderr).toBe(0);
  }
  expect(tableOf(sweep.reference).match(/,done,/g)).toHaveLength(3);
  expect(tableOf(sweep.reference)).not.toMatch(/running|waiting/);
  expect(sweep.beginnings(sweep.reference)).toEqual([1, 1, 1]);
});

it('a folder of results that vanishes ends the sweep with 74, and its processes', async () => {
  const sweep = new SweepFolder('vanishing', 'seeds: 4\n', (text) => text.replace('12000', '400000'));
  const running = sweep.runHere();
  await until('two runs at work', () => existsSync(sweep.reference) && holders(sweep).length === 2);
  const pids = holders(sweep);
  renameSync(sweep.reference, join(sweep.folder, 'elsewhere'));
  const { exitCode, stderr } = await running;
  expect(exitCode, stderr).toBe(74);
  expect(stderr).not.toMatch(/^ {4}at /m);
  for (const pid of pids) await until(`the end of ${pid}`, () => !existsSync(`/proc/${pid}`));
});

it('more processes than a machine can take are refused', async () => {
  const out = join(temporaryFolder(), 'runs');
  expect(await irnnRun('sweep', writeSweep(SWEEP), '--out', out, '--jobs', '1000000')).toMatchObject({
    exitCode: 64,
    stderr: expect.stringMatching(/^irnn-run: --jobs 1000000: at most 512 processes .*\n$/),
  });
  expect(existsSync(out)).toBe(false);
});

const disk = temporaryMount();

/** A file system of 400 KB; null where it cannot be mounted. */
function temporaryMount(): ((folder: string) => void) | null {
  if (process.getuid?.() !== 0 || spawnSync('sh', ['-c', 'command -v mount']).status !== 0) {
    console.warn('skipped: a sweep on a full disk; the test mounts its own, which needs root');
    return null;
  }
  return (folder) => {
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', [folder]));
  };
}

it.runIf(disk !== null)('a run that meets a full disk has failed with 74, and so has the sweep', async () => {
  const sweep = new SweepFolder('full', 'seeds: 2\n', (text) => text.replace('hidden: 24', 'hidden: 200'));
  disk!(sweep.reference);
  const { exitCode, stdout, stderr } = await sweep.runHere();
  expect(exitCode, stdout + stderr).toBe(74);
  expect(stdout).toMatch(/failed \(74\): .*\n.*no space left/);
  expect(stdout + stderr).not.toMatch(/ended with 1\b|^ {4}at /m);
});

it('a pipe in the place of a manifest is refused, not waited for', async () => {
  const folder = join(temporaryFolder(), 'piped.sweep');
  mkdirSync(folder);
  execFileSync('mkfifo', [join(folder, 'manifest.jsonl')]);
  const { child, finished } = start('sweep', 'status', folder);
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
  expect(await finished).toMatchObject({ exitCode: 65, stderr: expect.stringContaining('regular file') });
  clearTimeout(limit);
});
