import type { Curve, RunScores } from '../curve.ts';
import { formatDifference, formatSteps, formatValue, NOTHING } from '../format.ts';
import { paperCurves, paperValueAt } from '../paper/curves.ts';
import type { FigureRow } from '../paper/outcomes.ts';
import { pointsOf } from '../run-record.ts';
import { estimate } from '../statistics.ts';

/** Our score and the paper's at points that mean the same, both means over the runs. */
export interface LikeForLike {
  readonly ours: number;
  readonly paper: number;
  /** The steps at which they were taken here, first and last run. */
  readonly steps: readonly [number, number];
}

/** The last score of our runs beside the last of the paper's curve, at whatever steps these are. */
export function atTheEnd(row: FigureRow, curve: Curve): LikeForLike | null {
  const paper = 'T' in row.paper ? row.paper.end : (lastOf(row)?.[1] ?? null);
  return compare(curve, ({ last }) => (paper === null ? null : [last.step, last.test, paper]));
}

/** Our runs and the paper's curve at one step for both: the last of the run, or of the paper's curve if that ends before. */
export function atTheSameStep(row: FigureRow, curve: Curve): LikeForLike | null {
  const end = lastOf(row)?.[0] ?? 0;
  return compare(curve, ({ run, last }) => {
    const ours = pointsOf(run.metrics, `test_${curve.measure.metric}`)
      .filter(([step]) => step <= end)
      .at(-1) ?? [last.step, last.test];
    const paper = paperValueAt(row.panel, row.cell, ours[0]);
    return paper === null ? null : [ours[0], ours[1], paper];
  });
}

function lastOf({ panel, cell }: FigureRow): readonly [number, number] | undefined {
  return paperCurves(panel)
    .find((curve) => curve.cell === cell)
    ?.segments.at(-1)
    ?.at(-1);
}

function compare(
  { scores }: Curve,
  pair: (score: RunScores) => readonly [step: number, ours: number, paper: number] | null,
): LikeForLike | null {
  const pairs = scores.flatMap((score) => {
    const found = pair(score);
    return found === null ? [] : [found];
  });
  if (pairs.length < scores.length || pairs.length === 0) return null;
  const steps = pairs.map(([step]) => step);
  return {
    ours: estimate(pairs.map(([, ours]) => ours))!.mean,
    paper: estimate(pairs.map(([, , paper]) => paper))!.mean,
    steps: [Math.min(...steps), Math.max(...steps)],
  };
}

/** `+0.029 (0.0549, paper 0.026)`. */
export function likeForLikeCell(found: LikeForLike | null, { measure }: Curve, withStep: boolean): string {
  if (found === null) return NOTHING;
  const paper =
    measure.printed === 'significant'
      ? String(Number(found.paper.toPrecision(3)))
      : formatValue(found.paper, measure);
  const [first, last] = found.steps;
  const at = first === last ? formatSteps(last) : `${formatSteps(first)} to ${formatSteps(last)}`;
  return `${formatDifference(found.ours - found.paper, measure)} (${formatValue(found.ours, measure)}, paper ${paper}${withStep ? ` at ${at}` : ''})`;
}

export function likeForLikeRecord(prefix: string, found: LikeForLike | null): Record<string, number | null> {
  return {
    [`${prefix}_step`]: found?.steps[1] ?? null,
    [`${prefix}_mean`]: found?.ours ?? null,
    [`${prefix}_paper`]: found?.paper ?? null,
    [`${prefix}_difference`]: found === null ? null : found.ours - found.paper,
  };
}
