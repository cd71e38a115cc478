import { expect, test } from 'vitest';
import { groupBy } from '../../src/support/group-by.ts';
import { irnnRun } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { load, SWEEP, writeSweep } from './example.ts';

type Settings = Readonly<Record<string, unknown>>;

const trials = (random: string, more = '', set?: string[]): Settings[] =>
  load(`${SWEEP}random: ${random}\n${more}`, { config: { set } }).sweep.runs.map(({ settings }) => settings);

const of = (key: string, settings: readonly Settings[]) => settings.map((each) => each[key] as number);

const RATE = 'training.learning_rate: { from: 0.0001, to: 0.1, log: true }';
const THRESHOLD = 'training.clip.threshold: { from: 2, to: 3 }';
const HIDDEN = 'model.hidden: { from: 2, to: 9, integer: true }';
const BATCH = 'training.batch: { from: 1, to: 50, log: true, integer: true }';
const CELL = 'model.type: [irnn, rnn_tanh]';

test('numbers are the same on every machine', () => {
  const drawn = trials(`{ count: 3, seed: 7, over: { ${RATE}, ${THRESHOLD}, ${HIDDEN}, ${BATCH} } }`);
  expect(drawn.map((trial) => Object.values(trial))).toEqual([
    [0.000429855, 2.262, 2, 1],
    [0.000204852, 2.18002, 8, 10],
    [0.000536497, 2.63796, 4, 11],
  ]);
});

test('numbers lie where they should, and are as dense there as they should be', () => {
  const drawn = trials(`{ count: 200, over: { ${RATE}, ${THRESHOLD}, ${HIDDEN}, ${BATCH}, ${CELL} } }`);
  /** Each quarter of a range, by its own measure, has a quarter of the draws, within three standard deviations. */
  const quarters = (values: readonly number[], from: number, to: number, measure: (x: number) => number) => {
    for (const value of values) expect(value >= from && value <= to, String(value)).toBe(true);
    for (const quarter of [0, 1, 2, 3]) {
      const share = values.filter((value) => {
        const at = (measure(value) - measure(from)) / (measure(to) - measure(from));
        return Math.min(3, Math.floor(4 * at)) === quarter;
      }).length;
      expect(Math.abs(share - 50)).toBeLessThan(19);
    }
  };
  quarters(of('training.learning_rate', drawn), 0.0001, 0.1, Math.log);
  quarters(of('training.clip.threshold', drawn), 2, 3, (x) => x);
  for (const rate of of('training.learning_rate', drawn)) expect(Number(rate.toPrecision(6))).toBe(rate);
  const counts = (values: readonly unknown[]) => groupBy(values, (value) => value);
  const hidden = counts(of('model.hidden', drawn));
  expect([...hidden.keys()].sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  for (const [, { length }] of hidden) expect(Math.abs(length - 25)).toBeLessThan(19);
  const batches = of('training.batch', drawn);
  expect(Math.min(...batches)).toBe(1);
  expect(Math.max(...batches)).toBeGreaterThan(45);
  // Uniform in the logarithm: 1 is as likely as all from 26 to 51, and half of all are below the square root of 51.
  expect(Math.abs(batches.filter((batch) => batch <= 7).length - 106)).toBeLessThan(22);
  expect(Math.abs(counts(of('model.type', drawn)).get('irnn')!.length - 100)).toBeLessThan(22);
});

test('more trials, more keys and another order leave what was drawn as it was', () => {
  const few = trials(`{ count: 4, over: { ${RATE}, ${HIDDEN} } }`);
  expect(trials(`{ count: 9, over: { ${RATE}, ${HIDDEN} } }`).slice(0, 4)).toEqual(few);
  const more = trials(`{ count: 4, over: { ${CELL}, ${HIDDEN}, ${RATE} } }`);
  expect(more.map(({ 'model.type': _, ...rest }) => rest)).toEqual(few);
  expect(trials(`{ count: 4, seed: 2, over: { ${RATE}, ${HIDDEN} } }`)).not.toEqual(few);
});

test('what was drawn before is passed over: a small space is drawn whole', () => {
  const drawn = trials(`{ count: 6, over: { ${CELL}, task.T: { from: 5, to: 7, integer: true } } }`);
  expect(new Set(drawn.map((each) => JSON.stringify(each))).size).toBe(6);
});

test('each combination of the rest, and each seed, meets every trial; a key that the shell sets is not drawn', () => {
  const random = `{ count: 3, over: { ${RATE}, ${CELL} } }`;
  const rest = 'grid: { task.T: [5, 6] }\nseeds: 2\n';
  const { runs } = load(`${SWEEP}random: ${random}\n${rest}`).sweep;
  expect(runs).toHaveLength(2 * 3 * 2);
  const settings = runs.map((run) => run.settings);
  const drawn = trials(random);
  expect(settings.map(({ 'task.T': _, ...trial }) => trial)).toEqual(
    [...drawn, ...drawn].flatMap((trial) => [trial, trial]),
  );
  expect(trials(random, '', ['model.type=irnn'])).toEqual(drawn.map(({ 'model.type': _, ...each }) => each));
  expect(trials(random, '', ['training.learning_rate=0.02'])).toHaveLength(2);
  expect(trials(random, '', ['training.learning_rate=0.02', 'model.type=irnn'])).toHaveLength(1);
});

test('a dry run shows what was drawn, and each trial is a run of its config', async () => {
  const file = writeSweep(`${SWEEP}random: { count: 3, over: { ${RATE} } }\n`);
  const out = temporaryFolder();
  const { stdout } = await irnnRun('sweep', file, '--out', out, '--dry-run');
  const lines = stdout.match(/^ *\d+ +base-\w{8}-s1 +learning_rate=[\d.]+ .*$/gm)!;
  expect(lines).toHaveLength(3);
  const [, run, rate] = /(base-\w+-s1) +learning_rate=([\d.]+)/.exec(lines[1]!)!;
  const base = file.replace('sweep.yaml', 'base.yaml');
  const alone = await irnnRun(base, '--set', `training.learning_rate=${rate}`, '--out', out, '--json');
  expect(JSON.parse(alone.stdout).directory).toBe(`${out}/${run}`);
  expect((await irnnRun('sweep', 'status', file, '--out', out)).stdout).toMatch(/3 runs: 1 done, 2 waiting/);
});
