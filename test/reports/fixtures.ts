import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { numericsVersion } from '../../src/engines/registry.ts';

/** What to write into a run directory; the rest is as in a run of the adding problem on one machine. */
export interface FakeRun {
  readonly name?: string;
  readonly seed?: number;
  readonly task?: object;
  readonly model?: object;
  readonly training?: object;
  /** Rows of (step, validation score, test score). */
  readonly scores?: readonly (readonly [step: number, valid: number, test: number])[];
  readonly metric?: string;
  /** Null for a run that is not over. */
  readonly status?: 'solved' | 'finished' | 'diverged' | null;
  readonly cpu?: string;
  /** Of the native engine with AVX2; null for a run of before there were any. */
  readonly numerics?: number | null;
  /** Seconds of training a step. */
  readonly stepSeconds?: number;
  readonly stop?: object | null;
  readonly solvedAt?: number;
  /** Other columns of metrics.csv: the same value in every row. */
  readonly inside?: Readonly<Record<string, number>>;
  readonly dirty?: boolean;
  readonly argv?: readonly string[];
  readonly baseline?: Readonly<Record<string, number>>;
  readonly data?: Readonly<Record<string, string | number>>;
}

const adding = { name: 'adding', T: 150, marks: 'any', train_size: 100_000, valid_size: 10_000 };
const falling = [
  [0, 0.17, 0.17],
  [5000, 0.04, 0.045],
  [10_000, 0.009, 0.01],
] as const;

/** Writes a run directory by hand, so that a report can be tested without training. Returns its path. */
export function writeRun(root: string, fake: FakeRun = {}): string {
  const seed = fake.seed ?? 1;
  const directory = join(root, `${fake.name ?? 'adding-t150'}-0123abcd-s${seed}`);
  const scores = fake.scores ?? falling;
  const metric = fake.metric ?? 'mse';
  const status = fake.status === undefined ? 'solved' : fake.status;
  const last = scores.at(-1)?.[0] ?? 0;
  const inside = fake.inside ?? {};
  mkdirSync(directory, { recursive: true });
  const file = (name: string, content: string) => writeFileSync(join(directory, name), content);
  file(
    'config.yaml',
    stringify({
      name: fake.name ?? 'adding-t150',
      seed,
      task: fake.task ?? adding,
      model: fake.model ?? { type: 'irnn', hidden: 100, scale: 1 },
      training: {
        steps: 9_000_000,
        batch: 16,
        learning_rate: 0.01,
        clip: { threshold: 1 },
        ...fake.training,
      },
      evaluate: { every: 5000 },
      // Of a release that had another key: its hash, which is made up here, is not looked at.
      made_up: true,
      ...(fake.stop === undefined ? {} : { stop: fake.stop }),
    }),
  );
  file(
    'metrics.csv',
    `${[...Object.keys(inside), ...['step', `valid_${metric}`, `test_${metric}`]].join(',')}\n${scores
      .map((row) => `${[...Object.values(inside), ...row].join(',')}\n`)
      .join('')}`,
  );
  const times =
    fake.stepSeconds === undefined
      ? [[last, 120]]
      : scores.map(([step]) => [step, step * fake.stepSeconds!] as const);
  file(
    'timing.csv',
    `step,training_seconds,evaluation_seconds,cpu_seconds,unix_time\n${times.map(([step, seconds]) => `${step},${seconds},6,${seconds! + 6},1795000000\n`).join('')}`,
  );
  const cpu = fake.cpu ?? 'Fast CPU';
  const numerics = fake.numerics === undefined ? numericsVersion('native', 'avx2') : fake.numerics;
  const engine = {
    engine: 'native',
    device: cpu,
    instructionSet: 'avx2',
    ...(numerics === null ? {} : { numerics }),
    threads: 1,
    versions: {},
  };
  file(
    'meta.json',
    JSON.stringify({
      config_hash: '0123abcd',
      engine,
      parameters: 10_401,
      data: fake.data ?? {},
      baseline: fake.baseline ?? { mse: 0.167 },
      sessions: [
        {
          started: '2026-01-02T03:04:05.000Z',
          from_step: 0,
          irnn_run: '0.0.0',
          git: { commit: 'c0ffee'.repeat(7), dirty: fake.dirty ?? false },
          engine,
          node: 'v20.20.2',
          argv: fake.argv ?? ['configs/adding-t150.yaml', '--seed', String(seed), '--quiet', '--out', 'x'],
          cpu,
        },
      ],
    }),
  );
  if (status !== null) {
    const [, valid, test] = scores.at(-1) ?? [0, null, null];
    const metrics = { [`valid_${metric}`]: valid, [`test_${metric}`]: test };
    const solved = fake.solvedAt === undefined ? {} : { solved_at: fake.solvedAt };
    file(
      'DONE.json',
      JSON.stringify({ status, step: last, metrics, baseline: {}, checkpoint: 'none', ...solved }),
    );
  }
  return directory;
}
