import { expect, test } from 'vitest';
import { BASE, errorOf, SWEEP } from './example.ts';

/** What is wrong, what is added to the sweep, where the error points, and a part of its message or hint. */
type Case = readonly [name: string, lines: string, place: string, part: string];

const select = 'select: { metric: valid_mse }\n';

const cases: readonly Case[] = [
  ['unknown key', 'gird: { seed: [1] }', '3:1', 'did you mean "grid"?'],
  ['unknown key in select', 'select: { metrik: valid_mse }', '3:11', 'did you mean "metric"?'],
  ['no metric', 'select: {}', '3:1', 'missing key "metric" in select'],
  ['test metric', 'select: { metric: test_mse }', '3:19', 'a validation metric only'],
  ['metric of another task', 'select: { metric: valid_loss }', '3:19', 'its metrics: valid_mse'],
  ['misspelt metric', 'select: { metric: valid_mes }', '3:19', 'did you mean "valid_mse"?'],
  ['unknown score', 'select: { metric: valid_mse, score: bset }', '3:37', 'did you mean "best"?'],
  [
    'unknown key to group by',
    'select: { metric: valid_mse, each: [model.typ] }',
    '3:37',
    'no key "model.typ"',
  ],
  ['grid without a list', 'grid: { training.batch: 4 }', '3:25', 'grid.training.batch: expected a list'],
  ['empty list', 'grid: { training.batch: [] }', '3:25', 'expected a list'],
  ['grid of an unknown key', 'grid: { training.bach: [4, 8] }', '3:9', 'did you mean "batch"?'],
  ['grid through a value', 'grid: { name.x: [1] }', '3:9', 'name is the text "base", not a map'],
  ['no path', 'grid: { training..batch: [4] }', '3:9', 'is not a dotted path'],
  ['bad value in a grid', 'grid: { training.batch: [4, 0] }', '3:29', 'found 0'],
  [
    'two bad values',
    'grid: { training.batch: [-1, 0], task.T: [5, 1] }',
    '3:46',
    'expected a whole number from 2',
  ],
  ['bad value in zip', 'zip: { task.T: [5, 6], seed: [1, -1] }', '3:34', 'seed: expected a whole number'],
  ['zip of unequal lengths', 'zip: { task.T: [5, 6], seed: [1] }', '3:30', 'seed has 1 values, task.T has 2'],
  ['no seeds', 'seeds: 0', '3:8', 'expected a whole number from 1 to 10000'],
  ['bad seed', 'seeds: [1, -2]', '3:12', 'found -2'],
  ['seed twice', 'seeds: [1, 2, 1]', '3:1', 'are the same run'],
  ['value twice', 'grid: { task.T: [5, 6, 5] }', '3:9', 'combinations 1 and 3 are the same run'],
  [
    'set twice',
    'set: { seed: 3 }\ngrid: { task.T: [5, 6] }\noverrides: [{ when: { task.T: 6 }, set: { task.T: 5 } }]',
    '4:9',
    'are the same run',
  ],
  [
    'override of nothing',
    'overrides: [{ when: { task.T: 6 }, set: { seed: 2 } }]',
    '3:13',
    'matches no combination',
  ],
  ['override without set', 'overrides: [{ when: { task.T: 5 } }]', '3:13', 'missing key "set"'],
  [
    'bad value in an override',
    'overrides: [{ when: { task.T: 5 }, set: { model.hidden: 0 } }]',
    '3:57',
    'found 0',
  ],
  ['exclusion of nothing', 'exclude: [{ task.T: 6 }]', '3:11', 'matches no combination'],
  ['exclusion of all', 'exclude: [{ task.T: 5 }]', '1:1', 'every combination is excluded'],
  ['nothing drawn', 'random: { count: 3, over: {} }', '3:21', 'nothing to draw'],
  ['no count', 'random: { over: { task.T: [5] } }', '3:1', 'missing key "count"'],
  [
    'misspelt key of a range',
    'random: { count: 3, over: { task.T: { form: 5, to: 6 } } }',
    '3:39',
    'did you mean "from"?',
  ],
  [
    'a range that is none',
    'random: { count: 3, over: { training.learning_rate: 0.1 } }',
    '3:53',
    'found 0.1',
  ],
  [
    'range backwards',
    'random: { count: 3, over: { task.T: { from: 7, to: 5 } } }',
    '3:37',
    'from 7 is not below to 5',
  ],
  [
    'logarithm of nothing',
    'random: { count: 3, over: { training.learning_rate: { from: 0, to: 1, log: true } } }',
    '3:53',
    'starts above 0',
  ],
  [
    'whole numbers between others',
    'random: { count: 3, over: { task.T: { from: 2.5, to: 9, integer: true } } }',
    '3:37',
    'between whole numbers',
  ],
  [
    'more trials than values',
    'random: { count: 3, over: { task.T: [5, 6] } }',
    '3:18',
    'and there are only 2',
  ],
  [
    'a value drawn that the config does not take',
    'random: { count: 3, over: { model.hidden: { from: 0.5, to: 0.9 } } }',
    '3:43',
    'model.hidden: expected a whole number',
  ],
  [
    'unknown key drawn',
    'random: { count: 2, over: { model.hiden: [1, 2] } }',
    '3:29',
    'did you mean "hidden"?',
  ],
  ['halving without select', 'halving: { rungs: [10] }', '3:1', 'halving needs "select"'],
  ['rungs backwards', `${select}halving: { rungs: [20, 10] }`, '4:24', '10 does not come after 20'],
  ['rung beyond the end', `${select}halving: { rungs: [100] }`, '4:20', 'not below training.steps (100)'],
  ['rung without an evaluation', `${select}halving: { rungs: [15] }`, '4:20', 'no evaluation at step 15'],
  ['no rungs', `${select}halving: { rungs: [] }`, '4:19', 'halving.rungs: expected a list'],
  ['eta of 1', `${select}halving: { rungs: [10], eta: 1 }`, '4:30', 'expected a whole number from 2'],
  ['unknown key in slurm', 'slurm: { tme: 5 }', '3:10', 'did you mean "time"?'],
  ['bad time', 'slurm: { time: soon }', '3:16', 'expected minutes'],
  ['bad memory', 'slurm: { mem: 2GB }', '3:15', 'expected a size'],
  ['partition with a space', 'slurm: { partition: a b }', '3:21', 'expected one word'],
  ['option of two lines', 'slurm: { extra: ["--x\\n#SBATCH --y"] }', '3:18', 'one more option of sbatch'],
  ['option that is ours', 'slurm: { extra: ["--array=1-3"] }', '3:18', 'one more option of sbatch'],
  ['no cpus', 'slurm: { cpus: 0 }', '3:16', 'expected a whole number from 1'],
  ['alias', 'seeds: *x', '3:8', '*x: no anchor &x stands before it'],
];

test.each(cases)('%s', (_, lines, place, part) => {
  const error = errorOf(`${SWEEP}${lines}\n`);
  expect(error.exitCode).toBe(78);
  const found = error.issues.filter(({ message, hint }) => `${message} ${hint}`.includes(part));
  expect(
    found.map(({ line, column }) => `${line}:${column}`),
    error.message,
  ).toContain(place);
});

test('mistakes of all combinations come at once, each one once, beside those of the base', () => {
  const { issues } = errorOf(
    `${SWEEP}grid: { training.batch: [0, 4], model.hidden: [3, 0], model.forget_bias: [1, 2] }\nseeds: 3\n`,
    {},
    BASE.replace('steps: 100', 'steps: many'),
  );
  expect(
    issues.map(({ file, line, column, message }) => [
      file.split('/').at(-1),
      line,
      column,
      message.split(':')[0],
    ]),
  ).toEqual([
    ['base.yaml', 4, 20, 'training.steps'],
    ['sweep.yaml', 3, 26, 'training.batch'],
    ['sweep.yaml', 3, 51, 'model.hidden'],
    ['sweep.yaml', 3, 55, 'unknown key "forget_bias" in model (type'],
  ]);
});

test('a base that is not there, or is no config, is an error of the sweep', () => {
  expect(errorOf(`name: s\nbase: nowhere.yaml\n`).issues[0]).toMatchObject({
    line: 2,
    column: 7,
    message: expect.stringContaining('no such config file'),
  });
  const { issues } = errorOf(`name: s\nbase: [base.yaml, gone.yaml]\n`, {}, 'name: {');
  expect(issues.map(({ file, line }) => [file.split('/').at(-1), line])).toEqual([
    ['base.yaml', 1],
    ['sweep.yaml', 2],
  ]);
});

test('errors in flags name the flag', () => {
  expect(errorOf(SWEEP, { config: { set: ['model.hiden=3'] } }).message).toContain(
    '--set model.hiden=3: unknown key "hiden"',
  );
  expect(errorOf(SWEEP, { slurm: ['tme=3'] }).message).toContain('--slurm tme=3: unknown key "tme" in slurm');
});
