import { isBetter, type Measure } from './measures.ts';
import { pointsOf, type RunRecord } from './run-record.ts';
import { type RunScores, scoreRun } from './run-scores.ts';
import { settingsKey } from './settings.ts';
import { type DurationSummary, estimate, summariseDurations } from './statistics.ts';

/** The runs of one setting, one for each seed. */
export interface Curve {
  readonly measure: Measure;
  /** The runs that are over, which the statistics are made of; where none is, those that have got somewhere. */
  readonly scores: readonly RunScores[];
  /** Runs that are not over and stand beside others that are: shown, but not part of any mean. */
  readonly unfinished: readonly RunScores[];
}

/**
 * Groups runs by their settings, best group first. Of two runs of one seed, which then differ in length only, the
 * longer one counts. Which group is best is decided by validation scores alone, among the groups with the most
 * seeds: first, where the measure has a threshold on an error, by how many seeds pass it and how soon, then by the
 * mean of the best validation scores.
 */
export function curvesOf(runs: readonly RunRecord[], measure: Measure): Curve[] {
  const groups = new Map<string, Map<number, RunScores>>();
  for (const run of runs) {
    const scores = scoreRun(run, measure);
    if (scores === null) continue;
    const key = settingsKey(run.config);
    const seeds = groups.get(key) ?? new Map<number, RunScores>();
    groups.set(key, seeds);
    if ((seeds.get(run.seed)?.run.lastStep ?? -1) < run.lastStep) seeds.set(run.seed, scores);
  }
  return [...groups.values()].map((seeds) => curveOf([...seeds.values()], measure)).sort(byPreference);
}

function curveOf(seeds: readonly RunScores[], measure: Measure): Curve {
  const all = [...seeds].sort((a, b) => a.run.seed - b.run.seed);
  const over = all.filter(({ run }) => run.outcome !== null);
  if (over.length === 0) return { measure, scores: all, unfinished: [] };
  return { measure, scores: over, unfinished: all.filter(({ run }) => run.outcome === null) };
}

function byPreference(a: Curve, b: Curve): number {
  if (a.scores.length !== b.scores.length) return b.scores.length - a.scores.length;
  if (a.measure.threshold !== null && a.measure.better === 'lower') {
    const [first, second] = [learnedOnValid(a), learnedOnValid(b)];
    if (first.reached !== second.reached) return second.reached - first.reached;
    const sooner = (first.median ?? Infinity) - (second.median ?? Infinity);
    if (Number.isFinite(sooner) && sooner !== 0) return sooner;
  }
  const [first, second] = [meanValid(a), meanValid(b)];
  if (first === second) return 0;
  return isBetter(a.measure, first, second) ? -1 : 1;
}

function learnedOnValid({ scores }: Curve): DurationSummary {
  return summariseDurations(scores.map(({ learnedOnValid }) => learnedOnValid!));
}

function meanValid({ scores }: Curve): number {
  return estimate(scores.map(({ valid }) => valid))!.mean;
}

export interface MeanPoint {
  readonly step: number;
  readonly mean: number;
  /** Lowest and highest seed. */
  readonly low: number;
  readonly high: number;
}

/**
 * The mean over seeds of a metrics column, at the steps where every seed has a value. A seed whose run ended as
 * solved keeps its last value: leaving it out would leave the mean to the slow ones.
 */
export function meanOf({ scores }: Curve, column: string): MeanPoint[] {
  const seeds = scores.map(({ run }) => {
    const points = pointsOf(run.metrics, column);
    return { at: new Map(points), last: run.status === 'solved' ? points.at(-1) : undefined };
  });
  const steps = [...new Set(seeds.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => a - b);
  return steps.flatMap((step) => {
    const values = seeds.flatMap(({ at, last }) => at.get(step) ?? (last && step > last[0] ? last[1] : []));
    if (values.length < seeds.length) return [];
    return [{ step, mean: estimate(values)!.mean, low: Math.min(...values), high: Math.max(...values) }];
  });
}
