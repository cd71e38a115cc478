import { isBetter, isBeyond, type Measure } from './measures.ts';
import { pointsOf, type RunRecord } from './run-record.ts';
import { type Duration, firstStep } from './statistics.ts';

/**
 * A run's scores. The reported test score is the one at the evaluation with the best validation score (the first
 * of equals), never the best test score.
 */
export interface RunScores {
  readonly run: RunRecord;
  readonly step: number;
  readonly valid: number;
  readonly test: number;
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
    learned: crossing(test),
    learnedOnValid: crossing(valid),
  };
}
