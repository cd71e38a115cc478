import { type CellName, cellStyles } from '../cells.ts';
import { type Curve, meanOf } from '../curve.ts';
import type { PaperCurve } from '../paper-curves.ts';
import { pointsOf } from '../run-record.ts';
import type { Band, Key, Line } from './figure.ts';

export const cellKeys: readonly Key[] = Object.values(cellStyles).map(({ label, colour, darkColour }) => ({
  name: label,
  colour,
  darkColour,
}));

/** The mean, the seeds and the band between the lowest and the highest seed of a curve. */
export function curveLines(cell: CellName, curve: Curve): { lines: Line[]; bands: Band[] } {
  const name = cellStyles[cell].label;
  const column = `test_${curve.measure.metric}`;
  const mean = meanOf(curve, column);
  const lines: Line[] = [{ name, kind: 'mean', points: mean.map((point) => [point.step, point.mean]) }];
  if (curve.scores.length === 1) return { lines, bands: [] };
  for (const { run } of curve.scores)
    lines.push({ name, kind: 'seed', seed: run.seed, points: pointsOf(run.metrics, column) });
  return { lines, bands: [{ name, points: mean.map(({ step, low, high }) => [step, low, high]) }] };
}

export function paperLines({ cell, segments }: PaperCurve): Line[] {
  return segments.map((points) => ({ name: cellStyles[cell].label, kind: 'paper', points }));
}

/** The constant predictor's score, averaged over the curves' runs, which have test sets of their own. */
export function baselineOf(curves: readonly Curve[]): number | null {
  const values = curves.flatMap(({ scores, measure }) =>
    scores.flatMap(({ run }) => {
      const value = (run.meta?.baseline as Record<string, number> | undefined)?.[measure.metric];
      return typeof value === 'number' ? [value] : [];
    }),
  );
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
