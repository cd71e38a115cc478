import { groupBy } from '../support/group-by.ts';
import type { SweepRun } from './manifest.ts';
import type { Observation, Score } from './observe.ts';

/** A combination, over its seeds, at some moment of a sweep. */
export interface Standing {
  readonly combination: number;
  readonly runs: readonly SweepRun[];
  /** One a seed, in the order of `runs`; null where there is none. */
  readonly scores: readonly (Score | null)[];
  /** Over the seeds: of the metric's values, and of the values as they are compared. NaN where a seed has no score. */
  readonly mean: number;
  readonly loss: number;
  /** Sample standard deviation over the seeds; null of a single one. */
  readonly deviation: number | null;
  /** Seeds that met their stop rule, and the mean of the steps at which they did. */
  readonly solved: number;
  readonly solvedStep: number;
  /** A seed diverged, or has no score because it failed before: it is not chosen and does not go on. */
  readonly out: boolean;
}

/**
 * Combinations from best to worst. Those that met their stop rule with more seeds come first, then those that met it
 * sooner (such runs stop there, so their last scores are alike), then those with the better mean score. Out comes last.
 */
export function rank(
  runs: readonly SweepRun[],
  observe: (run: SweepRun) => Observation,
  scoreOf: (observation: Observation) => Score | null,
  until: number,
): Standing[] {
  const byCombination = groupBy(runs, ({ combination }) => combination);
  return [...byCombination]
    .map(([combination, members]) => standingOf(combination, members, members.map(observe), scoreOf, until))
    .sort(
      (a, b) =>
        Number(a.out) - Number(b.out) ||
        b.solved - a.solved ||
        a.solvedStep - b.solvedStep ||
        compare(a.loss, b.loss) ||
        a.combination - b.combination,
    );
}

function standingOf(
  combination: number,
  runs: readonly SweepRun[],
  observations: readonly Observation[],
  scoreOf: (observation: Observation) => Score | null,
  until: number,
): Standing {
  const scores = observations.map(scoreOf);
  const solved = observations.filter(({ reachedAt }) => reachedAt !== null && reachedAt <= until);
  const values = scores.map((score) => score?.value ?? Number.NaN);
  return {
    combination,
    runs,
    scores,
    mean: mean(values),
    loss: mean(scores.map((score) => score?.loss ?? Number.NaN)),
    deviation: deviation(values),
    solved: solved.length,
    solvedStep: solved.length === 0 ? 0 : mean(solved.map(({ reachedAt }) => reachedAt!)),
    out: observations.some(
      ({ outcome, step }, index) => (outcome === 'diverged' && step <= until) || scores[index] === null,
    ),
  };
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b || Number.isNaN(b) ? -1 : 1;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
