import { describe, expect, it } from 'vitest';
import { curvesOf, medianOf } from '../../src/reports/curve.ts';
import { thin } from '../../src/reports/figures/figure.ts';
import { findRunRecords } from '../../src/reports/find-runs.ts';
import { measures } from '../../src/reports/measures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type FakeRun, writeRun } from './fixtures.ts';

function curveOf(...runs: FakeRun[]) {
  const root = temporaryFolder();
  for (const run of runs) writeRun(root, run);
  const [curve] = curvesOf(
    findRunRecords([root], () => {}),
    measures.adding,
  );
  return curve!;
}
const scores = (...values: number[]) => values.map((value, k) => [k * 1000, value, value] as const);

describe('the median of runs', () => {
  it('is always a score that a run had: no shelf between those that fell and those that did not', () => {
    const curve = curveOf(
      { seed: 1, scores: scores(0.17, 0.01, 0.01) },
      { seed: 2, scores: scores(0.17, 0.17, 0.01), status: 'finished' },
    );
    expect(medianOf(curve, 'test_mse')).toEqual([
      [0, 0.17],
      [1000, 0.17],
      [2000, 0.01],
    ]);
  });

  it('keeps solved runs at their last score, counts diverged ones as worst, and ends where a capped one does', () => {
    const curve = curveOf(
      { seed: 1, scores: scores(0.17, 0.01) },
      { seed: 2, scores: scores(0.17, 0.16, 0.15, 0.14, 0.13), status: 'finished' },
      { seed: 3, scores: scores(0.17, 0.9), status: 'diverged' },
    );
    expect(medianOf(curve, 'test_mse').map(([, value]) => value)).toEqual([0.17, 0.16, 0.15, 0.14, 0.13]);
    const capped = curveOf(
      { seed: 1, scores: scores(0.17, 0.16), status: 'finished' },
      { seed: 2, scores: scores(0.17, 0.15, 0.1), status: 'finished' },
    );
    expect(medianOf(capped, 'test_mse').at(-1)).toEqual([1000, 0.16]);
  });
});

it('of two runs of one seed one with a numerics version counts before a longer one without', () => {
  const curve = curveOf(
    { name: 'old', numerics: null, scores: scores(0.17, 0.1, 0.1, 0.1), status: 'finished' },
    { name: 'new', numerics: 1, scores: scores(0.17, 0.01) },
  );
  expect(curve.scores.map(({ run }) => run.name)).toEqual(['new-0123abcd-s1']);
});

it('says how a run ended, and for how much of the time it stayed under the mark', () => {
  const ends = curveOf(
    { seed: 1, status: 'finished', solvedAt: 1000, scores: scores(0.17, 0.01, 0.01) },
    { seed: 2, status: 'finished', scores: scores(0.17, 0.04, 0.3, 0.04, 20) },
    { seed: 3, status: 'diverged', scores: scores(0.17) },
    { seed: 4, status: null, scores: scores(0.17) },
  );
  expect(ends.scores.map(({ run }) => run.end)).toEqual(['solved', 'capped', 'diverged']);
  expect(ends.unfinished.map(({ run }) => run.end)).toEqual(['unfinished']);
  expect(ends.scores.map(({ stayed }) => stayed)).toEqual([1, 0.5, null]);
});

it('thins a long line and keeps its ends and every spike', () => {
  const line = Array.from({ length: 20_000 }, (_, k) => [5000 * (k + 1), k === 7777 ? 20 : 0.17] as const);
  const kept = thin(line);
  expect(kept.length).toBeLessThan(320);
  expect([kept[0], kept.at(-1)]).toEqual([line[0], line.at(-1)]);
  expect(kept).toContainEqual(line[7777]);
});
