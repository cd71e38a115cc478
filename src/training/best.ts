import type { Config } from '../config/schema.ts';
import { higherIsBetter } from '../config/tasks.ts';
import type { CsvRow } from '../support/csv.ts';

/** The best evaluation so far by some metric. */
export interface Best {
  readonly step: number;
  readonly score: number;
}

/** The better one of the best before and a row of metrics.csv. An equal score is no better, nor is one that is missing or not finite. */
export function betterOf(metric: string, before: Best | null, row: CsvRow): Best | null {
  const score = row[metric] ?? Number.NaN;
  const isBetter =
    Number.isFinite(score) &&
    (before === null || (higherIsBetter(metric) ? score > before.score : score < before.score));
  return isBetter ? { step: row.step!, score } : before;
}

/** The metric whose best evaluation keeps its checkpoint; null if there is none. */
export function bestMetric({ checkpoint, stop }: Pick<Config, 'checkpoint' | 'stop'>): string | null {
  return checkpoint.best ?? (stop !== null && stop.patience !== null ? stop.metric : null);
}

/**
 * The best of the evaluations whose checkpoints, those of `steps`, are there. That is the best of all, unless the
 * metric was named when the run had already gone on without it.
 */
export function bestKept(
  config: Pick<Config, 'checkpoint' | 'stop'>,
  rows: readonly CsvRow[],
  steps: readonly number[],
): Best | null {
  const metric = bestMetric(config);
  if (metric === null) return null;
  const kept = new Set(steps);
  return rows
    .filter(({ step }) => kept.has(step!))
    .reduce<Best | null>((best, row) => betterOf(metric, best, row), null);
}
