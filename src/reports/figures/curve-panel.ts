import { type Curve, medianOf, type RunScores } from '../curve.ts';
import { formatPaper, formatSteps, formatValue } from '../format.ts';
import type { Measure } from '../measures.ts';
import { pointsOf } from '../run-record.ts';
import { kaplanMeier, summariseDurations } from '../statistics.ts';
import { type Inside, type Line, type Panel, type Ranked, type Share, thin } from './figure.ts';

/** A curve with the name that it has in a figure. */
export interface NamedCurve {
  readonly name: string;
  readonly curve: Curve;
}

/** What metrics.csv holds about the inside of training, beside scores. */
const insideColumns = [
  { column: 'gradient_norm_median', title: 'gradient norm, median', log: true, percent: false },
  { column: 'clipped_fraction', title: 'clipped updates', log: false, percent: true },
  { column: 'live_units', title: 'live units', log: false, percent: false },
] as const;

/** Whether a column of metrics.csv is best seen on a logarithmic axis. */
export function isLogarithmic(column: string): boolean {
  return insideColumns.some(({ column: inside, log }) => inside === column && log);
}

/** The lines of our runs: each run, and the median where there are several. */
function curveLines(curves: readonly NamedCurve[], column: (measure: Measure) => string): Line[] {
  return curves.flatMap(({ name, curve }) => {
    const runs = [...curve.scores, ...curve.unfinished].map(({ run }) => run);
    const singles = runs.map(
      (run): Line => ({
        name,
        kind: runs.length === 1 ? 'median' : 'seed',
        seed: run.seed,
        end: run.end,
        points: thin(pointsOf(run.metrics, column(curve.measure))),
      }),
    );
    if (runs.length === 1) return singles;
    return [
      { name, kind: 'median', points: thin(medianOf(curve, column(curve.measure))) } as Line,
      ...singles,
    ];
  });
}

/** The parts of a panel that are about our runs alone. */
export function curvePanel(
  curves: readonly NamedCurve[],
): Pick<Panel, 'lines' | 'shares' | 'inside' | 'mark' | 'baseline'> {
  const measure = curves[0]?.curve.measure;
  return {
    lines: curveLines(curves, ({ metric }) => `test_${metric}`),
    baseline: baselineOf(curves.map(({ curve }) => curve)),
    inside: insideOf(curves),
    ...(measure?.threshold == null ? {} : { shares: curves.map(shareOf), mark: markOfMeasure(measure) }),
  };
}

/** `test MSE < 0.05`. */
function markOfMeasure(measure: Measure): string {
  const sign = measure.better === 'lower' ? '<' : '>';
  return `${measure.label} ${sign} ${formatPaper(measure.threshold!, measure)}`;
}

function insideOf(curves: readonly NamedCurve[]): Inside[] {
  return insideColumns.flatMap(({ column, ...rest }) => {
    const lines = curveLines(curves, () => column)
      .filter(({ kind, seed }) => kind === 'seed' || seed !== undefined)
      .map((line) => ({ ...line, points: coarse(line.points) }));
    return lines.every(({ points }) => points.length < 2) ? [] : [{ column, ...rest, lines }];
  });
}

/** A glance at the inside needs fewer points than a score. */
function coarse(points: Line['points']): Line['points'] {
  const every = Math.ceil(points.length / 100);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}

function shareOf({ name, curve }: NamedCurve): Share {
  const durations = [...curve.scores, ...curve.unfinished].map(({ learned }) => learned!);
  return {
    name,
    points: kaplanMeier(durations),
    censored: durations.flatMap((duration) => (duration.reached ? [] : [duration.watched])),
  };
}

/** The constant predictor's score, averaged over the curves' runs, which have test sets of their own. */
function baselineOf(curves: readonly Curve[]): number | null {
  const values = curves.flatMap(({ scores, measure }) =>
    scores.flatMap(({ run }) => {
      const value = (run.meta?.baseline as Record<string, number> | undefined)?.[measure.metric];
      return typeof value === 'number' ? [value] : [];
    }),
  );
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Curves in the order in which most of their runs came to the mark; those that did not, by their scores. */
export function rankHere(curves: readonly NamedCurve[]): Ranked[] {
  const ranked = curves.map(({ name, curve }) => {
    const { measure, scores } = curve;
    const passed =
      measure.threshold === null ? null : summariseDurations(scores.map(({ learned }) => learned!));
    const last = medianScore(scores, measure);
    return { name, median: passed?.median ?? Infinity, last, measure, watched: passed?.censoredAt ?? null };
  });
  const worse = (a: number, b: number, { better }: Measure) => (better === 'lower' ? a - b : b - a);
  return ranked
    .sort((a, b) => (a.median === b.median ? worse(a.last, b.last, a.measure) : a.median - b.median))
    .map(({ name, median, last, measure, watched }) => ({
      name,
      text: Number.isFinite(median)
        ? formatSteps(median)
        : `${formatValue(last, measure)}${watched === null ? '' : `, not by ${formatSteps(watched)}`}`,
    }));
}

function medianScore(scores: readonly RunScores[], { better }: Measure): number {
  const values = scores.map(({ test }) => test).sort((a, b) => (better === 'lower' ? a - b : b - a));
  return values[values.length >> 1]!;
}
