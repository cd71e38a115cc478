import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

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
    }),
  );
  file(
    'metrics.csv',
    `step,valid_${metric},test_${metric}\n${scores.map((row) => `${row.join(',')}\n`).join('')}`,
  );
  file('timing.csv', `step,training_seconds,evaluation_seconds,unix_time\n${last},120,6,1795000000\n`);
  const cpu = fake.cpu ?? 'Fast CPU';
  const engine = { engine: 'native', device: cpu, instructionSet: 'avx2', threads: 1, versions: {} };
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
          irnn_run: '0.1.0',
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
    file('DONE.json', JSON.stringify({ status, step: last, metrics, baseline: {}, checkpoint: 'none' }));
  }
  return directory;
}
