import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { start } from '../faults/program.ts';
import { SweepFolder, until } from '../slurm/sweep-folder.ts';
import { SWEEP, writeSweep } from '../sweeps/example.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

const ASHA = `random: { count: 4, seed: 3, over: { training.learning_rate: { from: 0.0001, to: 0.1, log: true } } }
select: { metric: valid_mse, score: best }
halving: { rungs: [500, 1000], eta: 2, asynchronous: true }
`;

const sweepFolder = (lines: string) =>
  new SweepFolder('asha', lines, (text) => text.replace('steps: 12000', 'steps: 1500'));

it('with one process decides the same when it is killed in between, and leaves the same bytes', async () => {
  const sweep = sweepFolder(ASHA.replace('[500, 1000]', '[500]'));
  const { stdout } = await start('sweep', sweep.file, '--out', sweep.reference, '--jobs', '1').finished;
  expect(stdout).toMatch(/^asha: 4 runs: \d done, \d dropped\n/);
  const whole = await sweep.status(sweep.reference);
  expect(whole.runs.filter(({ step }) => step > 500).length).toBeGreaterThanOrEqual(2);

  const argv = ['sweep', sweep.file, '--out', sweep.out, '--jobs', '1', '--quiet'];
  for (const started of [1, 3]) {
    const { child, finished } = start(...argv);
    const pids = () => sweep.runs().flatMap((run) => sweep.holder(run) ?? []);
    await until(`run ${started} at work`, () => {
      return existsSync(sweep.out) && sweep.runs().length >= started && pids().length > 0;
    });
    const orphans = pids();
    child.kill('SIGKILL');
    await finished;
    await until('no process left', () => !orphans.some(isAlive));
  }
  expect((await start(...argv).finished).exitCode).toBe(0);
  const after = await sweep.status();
  const sketch = ({ runs }: typeof whole) => runs.map(({ state, step }) => [state, step]);
  expect(sketch(after)).toEqual(sketch(whole));
  expect(sweep.results()).toEqual(sweep.results(sweep.reference));
  expect(sweep.beginnings()).toEqual([1, 1, 1, 1]);
});

it('any number of processes take up what is next, each run by one at a time', async () => {
  const sweep = sweepFolder(ASHA);
  const written = await start('sweep', sweep.file, '--out', sweep.out, '--launcher', 'manifest').finished;
  const manifest = written.stdout.trim();
  const log: string[] = [];
  const worker = async () => {
    for (;;) {
      const { exitCode, stdout, stderr } = await start('sweep', 'run', manifest, 'next').finished;
      expect(exitCode, stderr).toBe(0);
      if (stdout === 'nothing is next\n') return;
      log.push(stdout.replace(`${dirname(dirname(manifest))}/`, '').trim());
    }
  };
  await Promise.all([worker(), worker()]);
  const { exitCode, stdout } = await start('sweep', 'collect', manifest, '--json').finished;
  expect(exitCode, stdout).toBe(0);
  expect(sweep.beginnings()).toEqual([1, 1, 1, 1]);
  const { runs, counts } = await sweep.status();
  expect(counts.done).toBeGreaterThanOrEqual(1);
  expect(counts.done + counts.dropped).toBe(4);
  // Nothing was done twice: as many processes had something to do as there are rungs that runs came to.
  const rungs = runs.map(({ step }) => [500, 1000, 1500].indexOf(step) + 1);
  expect(log).toHaveLength(rungs.reduce((sum, rung) => sum + rung, 0));
  expect(new Set(log).size).toBe(log.length);
});

it('is for Slurm an array of workers, as many as may run at once', async () => {
  const file = writeSweep(`${SWEEP}seeds: 9
select: { metric: valid_mse }
halving: { rungs: [20], eta: 3, asynchronous: true }
`);
  const out = temporaryFolder();
  const dry = async (...more: string[]) => {
    const argv = ['--launcher', 'slurm', '--out', out, '--dry-run', '--json', ...more];
    const { exitCode, stdout, stderr } = await irnnRun('sweep', file, ...argv);
    expect(exitCode, stderr).toBe(0);
    return (JSON.parse(stdout).slurm_jobs as { script: string }[]).map(({ script }) => script);
  };
  const [workers, collect, ...others] = await dry();
  expect(workers).toMatch(/--job-name=sweep-\w{8}\.r0\.0\n#SBATCH --array=0-8\n/);
  expect(workers).toMatch(/sweep\[@\]}" run \S+manifest\.jsonl next /);
  expect(collect).toContain(' sweep collect ');
  expect(others).toEqual([]);
  expect((await dry('--jobs', '4'))[0]).toContain('#SBATCH --array=0-3%4\n');
});

it.each([
  [['next', '--rung', '2'], 64, /--rung: what is next knows how far it goes/],
  [['next', '--until-step', '5'], 64, /--until-step: what is next knows/],
  [
    ['1', '--rung', '2'],
    64,
    /nobody waits for a rung of this sweep; take what is next: irnn-run sweep run \S+ next/,
  ],
  [['nxet'], 64, /nxet: expected the number of a run, from 0 or next/],
] as const)('refuses %j', async (argv, exitCode, message) => {
  const file = writeSweep(SWEEP + ASHA.replace('[500, 1000]', '[20, 50]'));
  const out = temporaryFolder();
  const manifest = (await irnnRun('sweep', file, '--out', out, '--launcher', 'manifest')).stdout.trim();
  const result = await irnnRun('sweep', 'run', manifest, ...argv);
  expect(result).toMatchObject({ exitCode, stderr: expect.stringMatching(message) });
  expect(existsSync(join(dirname(manifest), '.lock'))).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
