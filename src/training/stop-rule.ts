import type { Config } from '../config/schema.ts';
import type { CsvRow } from '../support/csv.ts';
import { type Best, betterOf } from './best.ts';

type StopRule = Config['stop'];

/**
 * What the evaluations so far mean to a stop rule: a function of the rule and the rows of metrics.csv, so that it need not
 * be saved, and a run may be continued under another rule.
 */
export interface Ruling {
  /** Evaluations in a row, the newest included, that satisfied the rule. */
  readonly satisfied: number;
  /** The step of the evaluation that made them enough; a solved run stays solved. */
  readonly solvedAt: number | null;
  /** The best evaluation so far by the rule's metric, where the rule has patience. */
  readonly best: Best | null;
  /** Evaluations since the best one. */
  readonly stale: number;
}

export const noRuling: Ruling = { satisfied: 0, solvedAt: null, best: null, stale: 0 };

/** The ruling after one more evaluation, a row of metrics.csv. A score that is missing or NaN satisfies nothing and is no best. */
export function judge(stop: StopRule, before: Ruling, row: CsvRow): Ruling {
  if (stop === null) return before;
  const step = row.step!;
  const score = row[stop.metric] ?? Number.NaN;
  const satisfied = satisfies(stop, score) ? before.satisfied + 1 : 0;
  const solvedAt = before.solvedAt ?? (satisfied >= stop.evaluations ? step : null);
  if (stop.patience === null) return { ...before, satisfied, solvedAt };
  const best = betterOf(stop.metric, before.best, row);
  return { satisfied, solvedAt, best, stale: best === before.best ? before.stale + 1 : 0 };
}

/** The ruling on all of a run's evaluations. */
export function judgeAll(stop: StopRule, rows: readonly CsvRow[]): Ruling {
  return rows.reduce((ruling, row) => judge(stop, ruling, row), noRuling);
}

/** Whether the rule ends a run at an evaluation, that of this step. */
export function stops(stop: StopRule, { solvedAt, stale }: Ruling, step: number): boolean {
  if (stop === null) return false;
  if (solvedAt !== null && step >= solvedAt + stop.extra_steps) return true;
  return stop.patience !== null && stale >= stop.patience;
}

/** Whether the rule ends, or would have ended, a run with these evaluations. */
export function hasStopped(stop: StopRule, rows: readonly CsvRow[]): boolean {
  let ruling = noRuling;
  return rows.some((row) => {
    ruling = judge(stop, ruling, row);
    return stops(stop, ruling, row.step!);
  });
}

function satisfies({ below, above }: NonNullable<StopRule>, score: number): boolean {
  return (below !== undefined && score < below) || (above !== undefined && score > above);
}
