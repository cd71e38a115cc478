import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NodeName, SlurmCluster } from './cluster.ts';
import { SweepFolder, until } from './sweep-folder.ts';

let cluster: SlurmCluster;
beforeAll(async () => {
  cluster = await SlurmCluster.start({ maxArraySize: 1001 });
  process.env.SLURM_CONF = cluster.environment.SLURM_CONF;
});
afterAll(() => cluster?.stop());

const queueEmpty = () => until('the queue empty', () => cluster.queue().length === 0, 1800);

describe('Slurm', () => {
  it('a run that takes three allocations of a minute', async () => {
    const sweep = new SweepFolder('allocations', 'seeds: 1\nslurm: { time: 1, signal: 30 }\n');
    // As many steps as take more than three minutes here, now.
    const begin = Date.now();
    expect((await sweep.runHere()).exitCode).toBe(0);
    const steps = Math.round((12_000 * 200_000) / (Date.now() - begin) / 1000) * 1000;
    const long = new SweepFolder(
      'allocations',
      `set: { training.steps: ${steps} }\nslurm: { time: 1, signal: 30 }\n`,
    );
    expect((await long.runHere()).exitCode).toBe(0);
    expect((await long.submit('--wait')).exitCode).toBe(0);
    const [element] = [...cluster.states().values()].slice(-2);
    expect(element!.restarts).toBeGreaterThanOrEqual(2);
    expect(long.beginnings()).toEqual([1]);
    expect(long.results()).toEqual(long.results(long.reference));
  });

  it('an array that is cancelled after some runs, and submitted again', async () => {
    const sweep = new SweepFolder('cancelled', 'seeds: 8\nslurm: { throttle: 2 }\n');
    expect((await sweep.runHere()).exitCode).toBe(0);
    expect((await sweep.submit()).exitCode).toBe(75);
    await until('three runs done', async () => (await sweep.status()).counts.done >= 3);
    cluster.run('scancel', '--user=root');
    await queueEmpty();
    const { counts, runs } = await sweep.status();
    expect(counts.waiting).toBeGreaterThan(0);
    const done = runs
      .filter(({ state }) => state === 'done')
      .map(({ directory }) => join(directory, 'DONE.json'));
    const before = done.map((file) => statSync(file).mtimeMs);
    expect((await sweep.submit('--wait')).exitCode).toBe(0);
    expect(done.map((file) => statSync(file).mtimeMs)).toEqual(before);
    expect(sweep.results()).toEqual(sweep.results(sweep.reference));
    // And once more: there is nothing to submit, and it says that all is done.
    expect(await sweep.submit()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('a sweep that is submitted twice puts nothing into the queue twice', async () => {
    const sweep = new SweepFolder('twice', 'seeds: 6\nslurm: { throttle: 2 }\n');
    expect((await sweep.submit()).exitCode).toBe(75);
    const queued = cluster.queue().length;
    expect((await sweep.submit()).exitCode).toBe(75);
    expect(cluster.queue().length).toBeLessThanOrEqual(queued);
    await queueEmpty();
    expect((await sweep.status()).counts.done).toBe(6);
    expect(sweep.beginnings()).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('a node that is lost while its job lives: never two writers, and the same bytes', async () => {
    const sweep = new SweepFolder('lost', 'seeds: 2\nset: { training.steps: 200000 }\n');
    expect((await sweep.submit()).exitCode).toBe(75);
    await until('both runs at work', () => sweepHolders(sweep).length === 2);
    await sleep(2_000);
    const states = [...cluster.states()].filter(([, { state }]) => state === 'RUNNING');
    const lost = states[0]![1].node as NodeName;
    const orphans = sweepHolders(sweep);
    cluster.loseNode(lost);
    await until('its job requeued', () =>
      [...cluster.states().values()].some(({ restarts }) => restarts > 0),
    );
    // Whoever is started now finds the run in use; the lock stays with the process that has it.
    const writers = new Set<string>();
    const watch = setInterval(() => writers.add(sweepHolders(sweep).join()), 100);
    await sleep(20_000);
    clearInterval(watch);
    for (const pid of orphans) expect(Number.isInteger(pid)).toBe(true);
    for (const pids of writers) {
      for (const pid of pids.split(',').filter(Boolean)) expect(orphans.map(String)).toContain(pid);
    }
    cluster.startNode(lost);
    await queueEmpty();
    expect((await sweep.submit('--wait')).exitCode).toBe(0);
    expect(sweep.beginnings()).toEqual([1, 1]);
    expect((await sweep.runHere()).exitCode).toBe(0);
    expect(sweep.results()).toEqual(sweep.results(sweep.reference));
    for (const run of sweep.runs()) {
      const steps = readFileSync(join(sweep.out, run, 'metrics.csv'), 'utf8')
        .split('\n')
        .map((row) => row.split(',')[0]);
      expect(new Set(steps).size).toBe(steps.length);
    }
  });

  it('2,500 runs with a MaxArraySize of 1001: each once', async () => {
    const runs = Number(process.env.IRNN_SLURM_RUNS ?? 2500);
    const sweep = new SweepFolder('many', `seeds: ${runs}\nset: { training.steps: 0, task.T: 5 }\n`);
    const submitted = await sweep.submit();
    expect(submitted.exitCode).toBe(75);
    expect(submitted.stderr.match(/submitted 1001 runs/g)).toHaveLength(Math.floor(runs / 1001));
    await queueEmpty();
    const { exitCode, counts } = await sweep.status();
    expect({ exitCode, counts }).toMatchObject({ exitCode: 0, counts: { done: runs } });
    expect(new Set(sweep.beginnings())).toEqual(new Set([1]));
    const folder = JSON.parse((await sweep.dryRun()).stdout).manifest.replace('/manifest.jsonl', '');
    expect(existsSync(join(folder, 'runs.csv'))).toBe(true);
    expect((await sweep.runHere()).exitCode).toBe(0);
    const [there, here] = [sweep.results(), sweep.results(sweep.reference)];
    expect(Object.keys(there)).toHaveLength(runs);
    expect(
      Object.keys(there).filter((run) => JSON.stringify(there[run]) !== JSON.stringify(here[run])),
    ).toEqual([]);
  });
});

function sweepHolders(sweep: SweepFolder): number[] {
  return existsSync(sweep.out) ? sweep.runs().flatMap((run) => sweep.holder(run) ?? []) : [];
}
