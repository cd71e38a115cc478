import { isBetter, isBeyond, type Measure } from './measures.ts';
import { pointsOf, type RunRecord } from './run-record.ts';
import { settingsKey } from './run-settings.ts';
import {
  type Duration,
  type DurationSummary,
  estimate,
  firstStep,
  summariseDurations,
} from './statistics.ts';

/**
 * A run's scores. The reported test score is the one at the evaluation with the best validation score (the first
 * of equals), never the best test score.
 */
export interface RunScores {
  readonly run: RunRecord;
  readonly step: number;
  readonly valid: number;
  readonly test: number;
  /** The last evaluation. */
  readonly last: { readonly step: number; readonly test: number };
  /** The share of test scores beyond the threshold, from the first that was; null where none was. */
  readonly stayed: number | null;
  /** When the test score, and the validation score, first passed the measure's threshold; null without one. */
  readonly learned: Duration | null;
  readonly learnedOnValid: Duration | null;
}

/** Null for a run that has not been evaluated, or whose scores were never finite. */
export function scoreRun(run: RunRecord, measure: Measure): RunScores | null {
  const valid = pointsOf(run.metrics, `valid_${measure.metric}`);
  const test = pointsOf(run.metrics, `test_${measure.metric}`);
  const testAt = new Map(test);
  const scored = valid.filter(([step]) => testAt.has(step));
  if (scored.length === 0) return null;
  const [step, best] = scored.reduce((a, b) => (isBetter(measure, b[1], a[1]) ? b : a));
  const crossing = (points: readonly (readonly [number, number])[]) =>
    measure.threshold === null ? null : firstStep(points, isBeyond(measure, measure.threshold));
  return {
    run,
    step,
    valid: best,
    test: testAt.get(step)!,
    last: { step: test.at(-1)![0], test: test.at(-1)![1] },
    stayed: measure.threshold === null ? null : stayedBeyond(test, isBeyond(measure, measure.threshold)),
    learned: crossing(test),
    learnedOnValid: crossing(valid),
  };
}

function stayedBeyond(
  points: readonly (readonly [number, number])[],
  isGood: (value: number) => boolean,
): number | null {
  const first = points.findIndex(([, value]) => isGood(value));
  if (first < 0) return null;
  const after = points.slice(first);
  return after.filter(([, value]) => isGood(value)).length / after.length;
}

/** The runs of one setting, one for each seed. */
export interface Curve {
  readonly measure: Measure;
  /** The runs that are over, which the statistics are made of; where none is, those that have got somewhere. */
  readonly scores: readonly RunScores[];
  /** Runs that are not over and stand beside others that are: shown, but not part of any mean. */
  readonly unfinished: readonly RunScores[];
}

/**
 * Groups runs by their settings, best group first. Of two runs of one seed one with a numerics version
 * counts before one without, and then the longer one. Which group is best is decided by validation scores alone, among the groups with the most
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
    if (isPreferred(run, seeds.get(run.seed)?.run)) seeds.set(run.seed, scores);
  }
  return [...groups.values()].map((seeds) => curveOf([...seeds.values()], measure)).sort(byPreference);
}

function isPreferred(run: RunRecord, known: RunRecord | undefined): boolean {
  if (known === undefined) return true;
  const versioned = ({ meta }: RunRecord) => meta?.engine.numerics !== undefined;
  if (versioned(run) !== versioned(known)) return versioned(run);
  return known.lastStep < run.lastStep;
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

/**
 * The median over seeds of a metrics column; of an even number the worse of the two in the middle, so that it is always a score
 * that a run had. A run that ended as solved keeps its last value, a diverged one counts as worst, and the line ends where any
 * other run does.
 */
export function medianOf({ scores, measure }: Curve, column: string): [step: number, value: number][] {
  const seeds = scores.map(({ run }) => {
    const points = pointsOf(run.metrics, column);
    return {
      at: new Map(points),
      last: points.at(-1)?.[0] ?? 0,
      lastValue: points.at(-1)?.[1],
      end: run.end,
    };
  });
  const worst = measure.better === 'lower' ? Infinity : -Infinity;
  const steps = [...new Set(seeds.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => a - b);
  return steps.flatMap((step): [number, number][] => {
    const values = seeds.flatMap(({ at, last, lastValue, end }) => {
      if (step <= last) return at.get(step) ?? [];
      if (end === 'solved') return lastValue ?? [];
      return end === 'diverged' ? worst : [];
    });
    if (values.length < seeds.length) return [];
    const ordered = values.sort((a, b) => (measure.better === 'lower' ? a - b : b - a));
    const middle = ordered[ordered.length >> 1]!;
    return Number.isFinite(middle) ? [[step, middle]] : [];
  });
}
