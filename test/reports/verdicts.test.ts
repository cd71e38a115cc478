import { describe, expect, it } from 'vitest';
import { findRunRecords } from '../../src/reports/find-runs.ts';
import { coverageOf } from '../../src/reports/paper/coverage.ts';
import { lessonsOf } from '../../src/reports/paper/lessons.ts';
import { outcomesOf } from '../../src/reports/paper/outcomes.ts';
import { verdictsOf } from '../../src/reports/paper/verdicts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type FakeRun, writeRun } from './fixtures.ts';

function records(...runs: FakeRun[]) {
  const root = temporaryFolder();
  runs.forEach((run, index) => {
    writeRun(root, { name: `r${index}`, ...run });
  });
  return findRunRecords([root], (message) => expect.fail(message));
}

function verdict(id: string, ...runs: FakeRun[]) {
  const { judgement, evidence, n, standIn } = verdictsOf(records(...runs)).find((each) => each.id === id)!;
  return { judgement, evidence, n, standIn };
}

const adding = (T: number) => ({ name: 'adding', T, marks: 'any' });
const pixels = (permuted = false) => ({ name: 'pixel_mnist', permuted });
const model = (type: string) => ({ type, hidden: 100 });
/** Falls under 0.05 at a step, and ends there. */
const falls = (at: number) => ({
  scores: [
    [0, 0.17, 0.17],
    [at, 0.01, 0.01],
  ] as const,
});
const flat = (to: number) => ({
  scores: [
    [0, 0.17, 0.17],
    [to, 0.17, 0.17],
  ] as const,
  status: 'finished' as const,
});
const reaches = (accuracy: number, at: number) => ({
  metric: 'accuracy',
  scores: [
    [0, 0.1, 0.1],
    [at, accuracy, accuracy],
  ] as const,
  status: 'finished' as const,
});
const irnn = (T: number) => ({ task: adding(T), model: model('irnn') });
const lstm = (T: number) => ({ task: adding(T), model: model('lstm') });
const mnist = (type: string, permuted = false) => ({ task: pixels(permuted), model: model(type) });

describe('an IRNN trains', () => {
  const all = [150, 200, 300].map((T) => ({ ...irnn(T), ...falls(100_000) }));
  const image = { ...mnist('irnn'), ...reaches(0.95, 100_000) };

  it('holds if it does wherever the paper’s does, partly if some is not tested, and fails if it never does', () => {
    expect(verdict('trains', ...all, image)).toMatchObject({ judgement: 'holds', n: 4 });
    expect(verdict('trains', ...all)).toMatchObject({ judgement: 'partly' });
    expect(verdict('trains', ...all).evidence).toContain('not tested: MNIST');
    expect(verdict('trains', { ...irnn(150), ...flat(1_000_000) })).toMatchObject({ judgement: 'fails' });
    expect(verdict('trains')).toEqual({ judgement: 'untested', evidence: '', n: 0, standIn: null });
  });

  it('is not said to fail by a run that ended before the paper’s curve falls', () => {
    expect(verdict('trains', { ...irnn(150), ...flat(300_000) }).judgement).toBe('untested');
  });
});

describe('as good as an LSTM', () => {
  it('compares medians, with what censoring allows', () => {
    const [ours, theirs] = [
      { ...irnn(150), ...falls(85_000) },
      { ...lstm(150), ...falls(500_000) },
    ];
    const later = [
      { ...irnn(200), ...falls(700_000) },
      { ...lstm(200), ...falls(500_000) },
    ];
    expect(verdict('as-lstm', ours, theirs)).toMatchObject({ judgement: 'partly', n: 2 });
    expect(verdict('as-lstm', ours, theirs, ...later).judgement).toBe('partly');
    expect(verdict('as-lstm', ours, theirs, { ...irnn(200), ...falls(600_000) }, later[1]!).judgement).toBe(
      'holds',
    );
    expect(verdict('as-lstm', ...later).judgement).toBe('fails');
    expect(verdict('as-lstm', ours, { ...lstm(150), ...flat(50_000) }).judgement).toBe('untested');
    const slower = verdict('as-lstm', ours, { ...lstm(150), ...flat(90_000) });
    expect(slower.evidence).toContain('IRNN 85 k, LSTM not by 90 k');
    expect(slower.judgement).toBe('partly');
  });
});

it('the cost of a step is compared on one kind of processor, by the fastest run', () => {
  const run = (type: string, stepSeconds: number, cpu: string, seed = 1) => ({
    task: adding(150),
    model: model(type),
    stepSeconds,
    cpu,
    seed,
  });
  expect(verdict('dearer', run('irnn', 0.001, 'A'), run('lstm', 0.009, 'B')).judgement).toBe('untested');
  const found = verdict(
    'dearer',
    run('irnn', 0.001, 'A'),
    run('irnn', 0.003, 'A', 2),
    run('lstm', 0.0045, 'A'),
  );
  expect(found).toMatchObject({ judgement: 'holds', n: 3 });
  expect(found.evidence).toContain('4.5 times (4.50 ms against 1.00 ms)');
  expect(verdict('dearer', run('irnn', 0.001, 'A'), run('lstm', 0.0015, 'A')).judgement).toBe('fails');
});

it('standard RNNs fail on pixels: only runs that were long enough say so', () => {
  const four = [false, true].flatMap((permuted) =>
    ['rnn_tanh', 'rnn_relu'].map((type) => ({ ...mnist(type, permuted), ...reaches(0.3, 150_000) })),
  );
  expect(verdict('rnns-fail', ...four).judgement).toBe('holds');
  expect(verdict('rnns-fail', ...four.slice(0, 3)).judgement).toBe('partly');
  expect(verdict('rnns-fail', { ...mnist('rnn_relu'), ...reaches(0.3, 50_000) }).judgement).toBe('untested');
  expect(verdict('rnns-fail', { ...mnist('rnn_relu'), ...reaches(0.93, 50_000) }).judgement).toBe('fails');
});

it('97 % holds by the number, partly for a shorter run that keeps up, and fails for a long one that does not', () => {
  const accuracy = (value: number, at: number) =>
    verdict('accuracy', { ...mnist('irnn'), ...reaches(value, at) }).judgement;
  expect(accuracy(0.968, 400_000)).toBe('holds');
  expect(accuracy(0.955, 400_000)).toBe('partly');
  expect(accuracy(0.93, 400_000)).toBe('untested');
  expect(accuracy(0.955, 1_000_000)).toBe('fails');
});

it('the LSTM does worse on pixels: after equal numbers of steps', () => {
  const better = { ...mnist('irnn'), ...reaches(0.95, 250_000) };
  expect(verdict('lstm-worse', better, { ...mnist('lstm'), ...reaches(0.6, 250_000) }).judgement).toBe(
    'partly',
  );
  expect(verdict('lstm-worse', better, { ...mnist('lstm'), ...reaches(0.97, 250_000) }).judgement).toBe(
    'fails',
  );
  // By 100 k steps the IRNN has nothing to show yet: its one score comes later.
  expect(verdict('lstm-worse', better, { ...mnist('lstm'), ...reaches(0.6, 100_000) }).judgement).toBe(
    'fails',
  );
});

describe('claims on data that cannot be had', () => {
  const words = (data: string, type: string, hidden: number, layers: number, perplexity: number) => ({
    task: { name: 'language_model', data },
    model: { type, hidden, layers },
    metric: 'perplexity',
    status: 'finished' as const,
    scores: [
      [0, 900, 900],
      [1000, perplexity, perplexity],
    ] as const,
  });
  const trio = (data: string, irnnScore: number) => [
    words(data, 'lstm', 512, 1, 110),
    words(data, 'irnn', 512, 4, irnnScore),
    words(data, 'rnn_tanh', 512, 4, 140),
  ];

  it('are judged on a stand-in, which is named, and on their own data where there are runs', () => {
    expect(verdict('language')).toMatchObject({ judgement: 'no data', standIn: null });
    expect(verdict('language', ...trio('brown', 115))).toMatchObject({
      judgement: 'partly',
      standIn: 'Brown corpus',
    });
    expect(verdict('language', ...trio('brown', 138)).judgement).toBe('fails');
    expect(verdict('language', words('brown', 'irnn', 512, 4, 115)).judgement).toBe('no data');
    expect(verdict('language', ...trio('brown', 138), ...trio('lm1b', 115))).toMatchObject({
      judgement: 'partly',
      standIn: null,
    });
  });

  it('hold for speech if the IRNN is under the tanh RNN and near the LSTM', () => {
    const speech = (type: string, hidden: number, error: number) => ({
      task: { name: 'phone_frames', data: 'speechocean762' },
      model: { type, hidden, layers: 2 },
      metric: 'frame_error',
      status: 'finished' as const,
      scores: [
        [0, 0.9, 0.9],
        [500, error, error],
      ] as const,
    });
    const three = (error: number) => [
      speech('rnn_tanh', 500, 0.5),
      speech('lstm', 250, 0.45),
      speech('irnn', 500, error),
    ];
    expect(verdict('speech', ...three(0.47))).toMatchObject({
      judgement: 'partly',
      standIn: 'speechocean762',
    });
    expect(verdict('speech', ...three(0.48)).judgement).toBe('fails');
    expect(verdict('speech', ...three(0.47).slice(1)).judgement).toBe('no data');
  });
});

it('a scaled identity forgets: beside the whole identity, which it does not stand in for', () => {
  const scaled = { task: adding(150), model: { type: 'irnn', hidden: 100, scale: 0.01 } };
  const whole = { ...irnn(150), ...falls(85_000) };
  expect(verdict('scaled', whole, { ...scaled, ...flat(200_000) })).toMatchObject({
    judgement: 'holds',
    n: 1,
  });
  expect(verdict('scaled', whole, { ...scaled, ...flat(100_000) }).judgement).toBe('untested');
  expect(verdict('scaled', whole, { ...scaled, ...falls(100_000) }).judgement).toBe('fails');
  expect(verdict('trains', { ...scaled, ...flat(1_000_000) }).judgement).toBe('untested');
});

describe('coverage', () => {
  it('counts what is run, what compares, and what this program’s numerics can repeat', () => {
    const runs = records(
      { ...irnn(150), ...falls(85_000) },
      { ...irnn(150), ...falls(85_000), seed: 2, numerics: null },
      { ...irnn(200), ...falls(85_000) },
      { ...irnn(300), ...flat(85_000) },
      { ...irnn(400), ...falls(85_000), numerics: 99 },
    );
    const [figure2, , table1, , table3] = coverageOf(runs, [
      { config: runs[0]!.config, combinations: 16, final: true, complete: true },
      { config: runs[2]!.config, combinations: 16, final: true, complete: false },
    ]);
    expect(figure2).toMatchObject({ total: 16, run: 4, comparable: 3, verified: 2, unavailable: 0 });
    expect(table1).toMatchObject({ total: 16, run: 2, comparable: 1 });
    expect(table3).toMatchObject({ total: 5, run: 0, comparable: 0, unavailable: 5 });
  });
});

it('lessons come from the runs: where the paper’s settings fail, and what comes and goes', () => {
  const clip = (threshold: number) => ({ clip: { threshold } });
  const runs = records(
    { ...irnn(150), ...flat(1_000_000), training: clip(100) },
    { ...irnn(150), ...falls(85_000), training: clip(1) },
    {
      ...irnn(300),
      status: 'finished',
      scores: [
        [0, 0.17, 0.17],
        [1000, 0.04, 0.04],
        [2000, 0.2, 0.2],
      ],
    },
  );
  const text = lessonsOf(runs, outcomesOf(runs))
    .flatMap(({ points }) => points)
    .join('\n');
  expect(text).toContain('IRNN, T = 150: 1 of 2 pairs of rate and clip pass the mark');
  expect(text).toContain(
    'rate 0.01, clip 100: the paper’s passes the mark at 570 k, here 0 of 1 (not by 1 M)',
  );
  expect(text).toContain('50 % of the scores after the first under the mark');
  // The paper's falls at 570 k: a run that ended before says nothing against it.
  const short = records({ ...irnn(150), ...flat(500_000), training: clip(100) });
  expect(lessonsOf(short, outcomesOf(short))).toEqual([]);
});
