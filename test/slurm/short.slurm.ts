import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { start } from '../faults/program.ts';
import { SlurmCluster } from './cluster.ts';
import { SweepFolder, until } from './sweep-folder.ts';

let cluster: SlurmCluster;
beforeAll(async () => {
  cluster = await SlurmCluster.start();
  process.env.SLURM_CONF = cluster.environment.SLURM_CONF;
});
afterAll(() => cluster?.stop());

it('a sweep of twelve, three at a time, with one preempted, one bad, one diverging and one crashing', async () => {
  const sweep = new SweepFolder(
    'mixed',
    `seeds: 12
overrides:
  - { when: { seed: 5 }, set: { task: { name: pixel_mnist, data: /nowhere } } }
  - { when: { seed: 6 }, set: { training.learning_rate: 1e30, training.clip: null, training.max_skipped: 50 } }
slurm: { throttle: 3, time: 10 }
`,
  );
  expect((await sweep.runHere()).exitCode).toBe(66); // the bad one has no data
  expect((await sweep.submit()).exitCode).toBe(75); // submitted is not done

  let atOnce = 0;
  const watch = setInterval(() => {
    atOnce = Math.max(atOnce, cluster.queue('RUNNING').filter((line) => line.includes('.r1.')).length);
  }, 300);
  // A job in the other partition takes all CPUs: what runs is preempted and requeued. Runs that end as it is scheduled
  // make room by themselves, so it may take a second one.
  const restarted = () => [...cluster.states().values()].some(({ restarts }) => restarts > 0);
  await until('a run preempted', async () => {
    await until('three runs at work', () => cluster.queue('RUNNING').length >= 3);
    const job = cluster.run(
      'sbatch',
      ...[
        '--parsable',
        '--partition=high',
        '--nodes=2',
        '--ntasks=4',
        '--output=/dev/null',
        '--wrap',
        'sleep 1',
      ],
    );
    await until(
      'the preempting job over',
      () => !cluster.queue().some((line) => line.startsWith(job.trim())),
    );
    return restarted();
  });
  const crashing = (await sweep.status()).runs
    .find(({ seed }) => seed === 12)!
    .directory.split('/')
    .at(-1)!;
  await until('the run that is to crash at work', () => sweep.holder(crashing) !== null);
  process.kill(sweep.holder(crashing)!, 'SIGSEGV');
  await until('the queue empty', () => cluster.queue().length === 0);
  clearInterval(watch);

  const { exitCode, counts, failures } = await sweep.status();
  expect({ exitCode, counts }).toMatchObject({ exitCode: 66, counts: { done: 9, diverged: 1, failed: 2 } });
  expect(failures.map(({ cause }) => cause)).toEqual([
    expect.stringContaining('/nowhere'),
    'its process ended with 139',
  ]);
  for (const { log } of failures) expect(log).toMatch(/slurm\/\d+_\d+\.log$/);
  expect(atOnce).toBe(3);
  expect(sweep.beginnings().every((times) => times <= 1)).toBe(true);

  // Only what failed is run again: the crashed one from its checkpoint.
  expect((await sweep.submit('--retry-failed', '--wait')).exitCode).toBe(66);
  expect((await sweep.status()).counts).toMatchObject({ done: 10, diverged: 1, failed: 1 });
  expect(sweep.results()).toEqual(sweep.results(sweep.reference));
});

it('halving over dependent arrays chooses and leaves what it does here', async () => {
  const sweep = new SweepFolder(
    'halved',
    `grid: { training.learning_rate: [0.0001, 0.001, 0.01, 0.1] }
select: { metric: valid_mse, score: best }
halving: { rungs: [500, 1500], eta: 2 }
`,
    (text) => text.replace('steps: 12000', 'steps: 4000'),
  );
  expect((await sweep.runHere()).exitCode).toBe(0);
  expect((await sweep.submit('--wait')).exitCode).toBe(0);
  expect(await sweep.status()).toMatchObject({ complete: true, counts: { done: 1, dropped: 3 } });
  expect(sweep.results()).toEqual(sweep.results(sweep.reference));
});

it('asynchronous halving by workers who decide for themselves does each thing once, and a crash takes one run', async () => {
  const sweep = new SweepFolder(
    'asha',
    `random: { count: 4, over: { training.learning_rate: { from: 0.0001, to: 0.1, log: true } } }
select: { metric: valid_mse, score: best }
halving: { rungs: [500], eta: 2, asynchronous: true }
slurm: { throttle: 2, time: 10 }
`,
    (text) => text.replace('steps: 12000', 'steps: 2000'),
  );
  const submitted = sweep.submit('--wait');
  const atWork = () => (existsSync(sweep.out) ? sweep.runs().flatMap((run) => sweep.holder(run) ?? []) : []);
  await until('a run at work', () => atWork().length > 0);
  process.kill(atWork()[0]!, 'SIGSEGV');
  expect((await submitted).exitCode).toBe(70);
  const { runs, counts, failures } = await sweep.status();
  expect(failures.map(({ cause }) => cause)).toEqual(['its process ended with 139']);
  expect(counts.done).toBeGreaterThanOrEqual(1);
  expect(counts.done + counts.dropped).toBe(3);
  for (const { step, state } of runs.filter((run) => run.state !== 'failed')) {
    expect(state === 'done' ? [2000] : [500]).toContain(step);
  }
  expect(sweep.beginnings()).toEqual([1, 1, 1, 1]);
});

it('GNU parallel brings the lines of a manifest to the same bytes, and runs only what failed again', async () => {
  const sweep = new SweepFolder('parallel', 'seeds: 4\n', (text) =>
    text.replace('steps: 12000', 'steps: 1000'),
  );
  expect((await sweep.runHere()).exitCode).toBe(0);
  const written = await start('sweep', sweep.file, '--out', sweep.out, '--launcher', 'manifest').finished;
  const manifest = written.stdout.trim();
  const parallel = () =>
    spawnSync(
      'parallel',
      [
        ...['--will-cite', '-j', '2', '--joblog', `${sweep.folder}/jobs.tsv`, '--resume-failed'],
        `${process.execPath} bin/irnn-run.js sweep run ${manifest} {}`,
        ...[':::', '0', '1', '2', '3'],
      ],
      { encoding: 'utf8' },
    );
  expect(parallel()).toMatchObject({ status: 0 });
  expect(parallel()).toMatchObject({ status: 0, stdout: '' });
  expect(await start('sweep', 'collect', manifest).finished).toMatchObject({ exitCode: 0 });
  expect(sweep.results()).toEqual(sweep.results(sweep.reference));
  expect(sweep.beginnings()).toEqual([1, 1, 1, 1]);
});
