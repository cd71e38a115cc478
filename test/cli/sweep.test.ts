import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSweep } from '../../src/sweeps/load.ts';
import { writeManifest } from '../../src/sweeps/manifest.ts';
import { start } from '../faults/program.ts';
import { SweepFolder, until } from '../slurm/sweep-folder.ts';
import { BASE, SWEEP, writeSweep } from '../sweeps/example.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

const short = (text: string) => text.replace('steps: 12000', 'steps: 2000');

function filesUnder(folder: string): Map<string, number> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}

describe('a sweep on this machine', () => {
  it('halves, and its survivors are the uninterrupted runs; a second start touches none', async () => {
    const sweep = new SweepFolder(
      'halved',
      `grid: { training.learning_rate: [0.0001, 0.001, 0.01, 0.1] }
select: { metric: valid_mse, score: best }
halving: { rungs: [500, 1000], eta: 2 }
`,
      short,
    );
    const { exitCode, stdout } = await sweep.runHere();
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/^halved: 4 runs: 1 done, 3 dropped\n/);
    expect(stdout).toMatch(/best of +settings +valid_mse +at step/);

    const status = await sweep.status(sweep.reference);
    expect(status).toMatchObject({ exitCode: 0, complete: true });
    const steps = status.runs.map(({ step }) => step);
    expect(steps.toSorted((a, b) => a - b)).toEqual([500, 500, 1000, 2000]);
    const survivor = status.runs.find(({ state }) => state === 'done')!;
    const alone = join(sweep.folder, 'alone');
    const rate = survivor.settings['training.learning_rate'];
    await start(
      join(sweep.folder, 'base.yaml'),
      '--set',
      `training.learning_rate=${rate}`,
      '--out',
      alone,
      '--quiet',
    ).finished;
    const name = survivor.directory.split('/').at(-1)!;
    expect(sweep.results(alone)).toEqual({ [name]: sweep.results(sweep.reference)[name] });

    const folder = readdirSync(sweep.reference).find((entry) => entry.endsWith('.sweep'))!;
    const selection = JSON.parse(readFileSync(join(sweep.reference, folder, 'selection.json'), 'utf8'));
    expect(selection).toMatchObject({
      complete: true,
      groups: [
        {
          final: true,
          combinations: 4,
          best: { settings: survivor.settings, runs: [name], n: 1 },
          config: { name: 'lively', training: { learning_rate: rate } },
        },
      ],
    });
    const table = readFileSync(join(sweep.reference, folder, 'runs.csv'), 'utf8').split('\n');
    expect(table[0]).toBe('run,training.learning_rate,seed,state,outcome,step,valid_mse,test_mse,score_step');
    expect(table).toHaveLength(4 + 2);

    const runs = () => [...filesUnder(sweep.reference)].filter(([file]) => !file.includes('.sweep'));
    const before = runs();
    expect((await sweep.runHere()).exitCode).toBe(0);
    expect(runs()).toEqual(before);
  });

  it('lists what failed with cause and log, leaves it alone, and runs it again when asked to', async () => {
    const sweep = new SweepFolder(
      'failing',
      `seeds: 5
overrides:
  - { when: { seed: 2 }, set: { task: { name: pixel_mnist, data: /nowhere } } }
  - { when: { seed: 3 }, set: { training.learning_rate: 1e30, training.clip: null, training.max_skipped: 50 } }
  - { when: { seed: 4 }, set: { training.steps: 300000 } }
`,
      short,
    );
    const crashing = (await sweep.status(sweep.reference)).runs[3]!.directory.split('/').at(-1)!;
    const running = sweep.runHere();
    await until('the run that is to crash at work', () =>
      existsSync(join(sweep.reference, crashing, 'log.txt')),
    );
    process.kill(sweep.holder(crashing, sweep.reference)!, 'SIGKILL');
    const { exitCode, stdout, stderr } = await running;
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 66 });
    expect(stdout).toMatch(/5 runs: 2 done, 1 diverged, 2 failed/);
    expect(stdout).toMatch(/failed \(66\): lively-\w+-s2\n {2}.*\/nowhere.*\n {2}log: .*\.log\n/);
    expect(stdout).toMatch(
      /failed \(SIGKILL\): lively-\w+-s4\n {2}its process ended by SIGKILL \(out of memory\?\)/,
    );
    expect(stderr).toMatch(/2 of 5 runs failed; .*--retry-failed/);
    const { failures } = await sweep.status(sweep.reference);
    for (const { log } of failures) expect(existsSync(log!)).toBe(true);

    const logOf = () => readFileSync(join(sweep.reference, crashing, 'log.txt'), 'utf8');
    const before = logOf();
    expect((await sweep.runHere()).exitCode).toBe(66);
    expect(logOf()).toBe(before);

    const retried = sweep.runHere('--retry-failed');
    await until('it is at work again', () => logOf() !== before);
    process.kill(sweep.holder(crashing, sweep.reference)!, 'SIGABRT');
    expect((await retried).stdout).toMatch(/failed \(SIGABRT\)/);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'stopped by %s leaves no process behind, and continues to the same bytes',
    async (signal) => {
      const sweep = new SweepFolder('stopped', 'seeds: 2\n', (text) => text.replace('12000', '8000'));
      expect((await sweep.runHere()).exitCode).toBe(0);
      const argv = ['sweep', sweep.file, '--out', sweep.out, '--jobs', '2'];
      const { child, finished } = start(...argv);
      const holders = () => (existsSync(sweep.out) ? sweep.runs().map((run) => sweep.holder(run)) : []);
      await until('two runs at work', () => holders().filter((pid) => pid !== null).length === 2);
      const pids = holders().filter((pid) => pid !== null);
      child.kill(signal);
      const ending = await finished;
      if (signal === 'SIGINT') {
        expect(ending.exitCode).toBe(130);
        expect(ending.stderr).toMatch(/stopped at checkpoints \(.*waiting.*\); the same command continues/);
      }
      await until('no process left', () => !pids.some(isAlive));
      expect((await sweep.status()).counts).toMatchObject({ running: 0, failed: 0 });
      expect((await start(...argv).finished).exitCode).toBe(0);
      expect(sweep.results()).toEqual(sweep.results(sweep.reference));
      expect(sweep.beginnings()).toEqual([1, 1]);
    },
  );

  it('started twice at once makes each run once', async () => {
    const sweep = new SweepFolder('twice', 'seeds: 4\n', short);
    const endings = await Promise.all([sweep.runHere(), sweep.runHere()]);
    for (const { exitCode } of endings) expect([0, 75]).toContain(exitCode);
    expect((await sweep.runHere()).exitCode).toBe(0);
    expect(sweep.beginnings(sweep.reference)).toEqual([1, 1, 1, 1]);
  });
});

describe('a dry run', () => {
  it('prints every run and the cost, and writes nothing', async () => {
    const file = writeSweep(`${SWEEP}grid: { task.T: [5, 6], model.hidden: [3, 4] }\nseeds: 2\n`);
    const out = join(temporaryFolder(), 'runs');
    const { exitCode, stdout } = await irnnRun('sweep', file, '--out', out, '--dry-run', '--jobs', '2');
    expect(exitCode).toBe(0);
    expect(stdout.match(/^ *\d+ +base-[0-9a-f]{8}-s[12] /gm)).toHaveLength(8);
    expect(stdout).toMatch(/adding T=6, irnn 4 \(\w{8}\) +[\d.]+ +measured here just now/);
    expect(stdout).toMatch(
      /8 runs\. To do, at most: 800 steps and 8 starts of .* for one process, .* for 2 on cores/,
    );
    expect(existsSync(out)).toBe(false);
    const json = JSON.parse(
      (await irnnRun('sweep', file, '--out', out, '--dry-run', '--json', '--jobs', '4')).stdout,
    );
    expect(json).toMatchObject({ steps_at_most: 800, starts_at_most: 8, jobs: 4 });
    expect(json.runs[7]).toMatchObject({ index: 7, seed: 2, settings: { 'task.T': 6, 'model.hidden': 4 } });
    const { one_process: one, jobs } = json.seconds_at_most;
    expect(jobs).toBeCloseTo(one / 4);
    const speeds: number[] = Object.values(json.workloads as Record<string, { ms_per_step: number }>).map(
      ({ ms_per_step }) => ms_per_step,
    );
    expect(speeds).toHaveLength(4);
    // Every workload has two runs of 100 steps; the rest of the time is starts.
    const steps = speeds.reduce((sum, ms) => sum + ms * 200, 0) / 1000;
    expect(one).toBeCloseTo(steps + 8 * json.seconds_a_start);
  });

  it('counts what halving will leave, and takes speeds from runs that there are', async () => {
    const file = writeSweep(
      `${SWEEP}grid: { training.learning_rate: [0.1, 0.01, 0.02, 0.03] }\nselect: { metric: valid_mse }\nhalving: { rungs: [20, 40], eta: 2 }\n`,
    );
    const out = join(temporaryFolder(), 'runs');
    // 4 x 20, 2 x 20, 1 x 60.
    const dry = async () =>
      JSON.parse((await irnnRun('sweep', file, '--out', out, '--dry-run', '--json')).stdout);
    expect(await dry()).toMatchObject({ steps_at_most: 180, starts_at_most: 7 });
    await irnnRun(join(file, '../base.yaml'), '--out', out, '--until-step', '20');
    const after = await dry();
    expect(after.steps_at_most).toBe(160);
    expect(Object.values(after.workloads)).toEqual([expect.objectContaining({ runs: 1 })]);
  });
});

describe('a run that pauses', () => {
  it('leaves a checkpoint at the step, and goes on to the same bytes', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'base.yaml');
    writeFileSync(config, BASE);
    const whole = await irnnRun(config, '--out', join(folder, 'whole'), '--json');
    const paused = await irnnRun(config, '--out', join(folder, 'pieces'), '--until-step', '33', '--json');
    expect(paused.exitCode).toBe(0);
    expect(JSON.parse(paused.stdout)).toMatchObject({ status: 'paused', step: 33 });
    // A step that it is past already: nothing to do.
    const again = await irnnRun(config, '--out', join(folder, 'pieces'), '--until-step', '10');
    expect(again.stdout).toMatch(/base: paused at step 33/);
    const rest = await irnnRun(config, '--out', join(folder, 'pieces'), '--json');
    expect(JSON.parse(rest.stdout)).toMatchObject({ status: 'finished', step: 100 });
    const [one, two] = [whole, rest].map(({ stdout }) => JSON.parse(stdout).directory as string);
    for (const file of ['metrics.csv', 'DONE.json', 'checkpoint-100.safetensors', 'checkpoint-100.json']) {
      expect(readFileSync(join(two!, file)), file).toEqual(readFileSync(join(one!, file)));
    }
    expect((await irnnRun(config, '--until-step', '-3')).exitCode).toBe(64);
  });
});

describe('the scripts for Slurm', () => {
  const script = async (lines: string, ...more: string[]) => {
    const file = writeSweep(SWEEP + lines);
    const argv = ['--launcher', 'slurm', '--dry-run', '--json', '--out', 'runs', ...more];
    const { exitCode, stdout, stderr } = await irnnRun('sweep', file, ...argv);
    expect(exitCode, stderr).toBe(0);
    return (JSON.parse(stdout).slurm_jobs as { file: string; script: string }[]).map((job) => job.script);
  };

  it('hold what the sweep file asks for, and what the shell asks for instead', async () => {
    const slurm =
      'slurm: { partition: long, time: 2:00:00, cpus: 2, mem: 3G, throttle: 7, signal: 60, requeues: 9, extra: ["--account=x"] }\n';
    const [array] = await script(`seeds: 5\n${slurm}`);
    for (const line of [
      '--array=0-4%7',
      '--partition=long',
      '--time=2:00:00',
      '--cpus-per-task=2',
      '--mem=3G',
      '--signal=USR1@60',
      '--account=x',
      '--requeue',
    ]) {
      expect(array).toContain(`\n#SBATCH ${line}\n`);
    }
    expect(array).toContain('-lt 9 ]');
    const [other] = await script(
      `seeds: 5\n${slurm}`,
      '--slurm',
      'partition=short',
      '--slurm',
      'time=30',
      '--jobs',
      '2',
    );
    expect(other).toMatch(/--array=0-4%2\n#SBATCH --partition=short\n#SBATCH --time=30\n/);
  });

  it('are as many as MaxArraySize asks for, one set a rung, and one that sums up', async () => {
    const jobs = await script(
      `seeds: 1100\nselect: { metric: valid_mse }\nhalving: { rungs: [20, 40], eta: 4 }\n`,
      '--set',
      'task.train_size=50',
    );
    const arrays = jobs.map((job) => /--array=(\S+)/.exec(job)?.[1]);
    // All seeds are one combination, which goes on whole.
    expect(arrays).toEqual(['0-1000', '0-98', '0-1000', '0-98', '0-1000', '0-98', undefined]);
    expect(jobs[1]).toContain('number=$((1001 + SLURM_ARRAY_TASK_ID))');
    expect(jobs.at(-1)).toContain(' sweep collect ');
  });

  it('need Slurm to be submitted', async () => {
    const file = writeSweep(SWEEP);
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      const out = temporaryFolder();
      expect(await irnnRun('sweep', file, '--launcher', 'slurm', '--out', out)).toMatchObject({
        exitCode: 69,
        stderr: expect.stringMatching(/scontrol: not found; this needs the commands of Slurm/),
      });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('the command line of sweeps', () => {
  it.each([
    [['--jobs', '0'], 64, /--jobs: expected a whole number/],
    [['--wait'], 64, /mean nothing without --launcher slurm/],
    [['--slurm', 'time=5'], 64, /mean nothing without --launcher slurm/],
    [['--launcher', 'k8s'], 64, /--launcher k8s: expected local, slurm, manifest/],
    [['--set', 'model.hiden=3'], 78, /--set model\.hiden=3: unknown key/],
  ])('%j exits with %i', async (argv, exitCode, message) => {
    const out = join(temporaryFolder(), 'runs');
    expect(await irnnRun('sweep', writeSweep(SWEEP), '--out', out, ...argv)).toMatchObject({
      exitCode,
      stderr: expect.stringMatching(message),
    });
    expect(existsSync(out)).toBe(false);
  });

  it('says when a manifest, a rung or a run is not there', async () => {
    expect(await irnnRun('sweep', 'run', 'nowhere.jsonl', '0')).toMatchObject({ exitCode: 66 });
    expect(await irnnRun('sweep', 'nowhere.yaml')).toMatchObject({
      exitCode: 66,
      stderr: expect.stringMatching(/no such sweep file/),
    });
    const halving = 'seeds: 2\nselect: { metric: valid_mse }\nhalving: { rungs: [20], eta: 2 }\n';
    const { sweep } = loadSweep(writeSweep(SWEEP + halving), { config: {}, slurm: [] });
    const { manifest } = writeManifest(temporaryFolder(), sweep);
    expect(await irnnRun('sweep', 'run', manifest, '0', '--rung', '2')).toMatchObject({
      exitCode: 66,
      stderr: expect.stringMatching(/rung 1 of the sweep is not complete/),
    });
    for (const number of ['0', '1']) {
      expect((await irnnRun('sweep', 'run', manifest, number)).stdout).toMatch(/paused at step 20/);
    }
    for (const place of ['0', '1']) {
      expect((await irnnRun('sweep', 'run', manifest, place, '--rung', '2')).stdout).toMatch(
        /finished at step 100/,
      );
    }
    for (const [argv, exitCode, message] of [
      [['5'], 64, /has no run 5/],
      [['0', '--rung', '3'], 64, /this sweep has 2 rungs/],
      [['9', '--rung', '2'], 64, /no place 9 on rung 2/],
    ] as const) {
      const result = await irnnRun('sweep', 'run', manifest, ...argv);
      expect(result).toMatchObject({ exitCode, stderr: expect.stringMatching(message) });
    }
    expect((await irnnRun('sweep', 'collect', manifest)).exitCode).toBe(0);
    expect((await irnnRun('sweep', 'status', join(manifest, '..'))).exitCode).toBe(0);
  });

  it('records a crash for launchers that cannot, and lists it', async () => {
    const out = temporaryFolder();
    const { sweep } = loadSweep(writeSweep(`${SWEEP}seeds: 2\n`), { config: {}, slurm: [] });
    const { manifest } = writeManifest(out, sweep);
    expect((await irnnRun('sweep', 'run', manifest, '0')).stdout).toMatch(/-s1: finished at step 100/);
    expect((await irnnRun('sweep', 'fail', manifest, '1', '--exit', '139', '--log', 'x.log')).exitCode).toBe(
      0,
    );
    expect(await irnnRun('sweep', 'status', manifest)).toMatchObject({
      exitCode: 70,
      stdout: expect.stringMatching(
        /1 done, 1 failed[\s\S]*failed \(139\): .*-s2\n {2}its process ended with 139\n {2}log: x.log/,
      ),
    });
    expect((await irnnRun('list', out)).stdout).toMatch(/-s1 +finished/);
    // The next attempt takes the record away.
    expect((await irnnRun('sweep', 'run', manifest, '1')).exitCode).toBe(0);
    expect((await irnnRun('sweep', 'status', manifest)).exitCode).toBe(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
