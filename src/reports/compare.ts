import { metricOf } from '../config/tasks.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { cellStyles } from './cells.ts';
import { scoreRun } from './curve.ts';
import type { Figure, Key, Line } from './figures/figure.ts';
import { formatDurations, formatMinutes, formatSteps, formatValue, NOTHING } from './format.ts';
import type { Measure } from './measures.ts';
import { cellOf, measureOf } from './paper/rows.ts';
import { pointsOf, type RunRecord, setting } from './run-record.ts';
import { differences, settingsOf } from './run-settings.ts';
import { summariseDurations } from './statistics.ts';

/** Columns of metrics.csv that a reader may want to see against steps. */
export function plottableColumns(runs: readonly RunRecord[]): string[] {
  const columns = runs.map(({ metrics }) => Object.keys(metrics[0] ?? {}).filter((name) => name !== 'step'));
  return [...new Set(columns.flat())];
}

/**
 * The column to show where none is asked for: the validation score by which the task is judged, or the first
 * validation column there is. Throws UserError (64) for a column that none of the runs has.
 */
export function chooseColumn(runs: readonly RunRecord[], wanted: string | undefined): string {
  const columns = plottableColumns(runs);
  if (wanted !== undefined) {
    if (columns.includes(wanted)) return wanted;
    throw new UserError(
      ExitCode.usage,
      `no run has a column "${wanted}"; there are ${columns.join(', ') || 'none yet'}`,
    );
  }
  const measure = runs[0] && measureOf(runs[0].config);
  const judged = `valid_${measure?.metric}`;
  if (columns.includes(judged)) return judged;
  return columns.find((name) => name.startsWith('valid_')) ?? columns[0] ?? judged;
}

/** Runs side by side: what they are, how far they got, what they scored, and the settings in which they differ. */
export function comparison(runs: readonly RunRecord[]): { header: string[]; rows: string[][] } {
  const changed = differences(runs.map(({ config }) => settingsOf(config)));
  const measures = new Set(runs.map(({ config }) => measureOf(config)));
  const [shared] = measures;
  const measure = measures.size === 1 ? shared : undefined;
  const scoreName = measure?.metric ?? 'score';
  const header = [
    'run',
    'cell',
    'seed',
    'status',
    'steps',
    `valid_${scoreName}`,
    `test_${scoreName}`,
    'at step',
    ...(measure?.threshold == null
      ? []
      : [`first ${measure.better === 'lower' ? '<' : '>'} ${formatLevel(measure)}`]),
    'minutes',
    'parameters',
    ...changed.map(({ path }) => path),
  ];
  const rows = runs.map((run, index) => {
    const own = measureOf(run.config);
    const scores = own && scoreRun(run, own);
    const cell = cellOf(run.config);
    return [
      run.name,
      cell ? cellStyles[cell].label : setting<string>(run.config, 'model.type', NOTHING),
      String(run.seed),
      run.status,
      formatSteps(run.lastStep),
      scores ? formatValue(scores.valid, own) : NOTHING,
      scores ? formatValue(scores.test, own) : NOTHING,
      scores ? formatSteps(scores.step) : NOTHING,
      ...(measure?.threshold == null
        ? []
        : [
            scores?.learned
              ? formatDurations(summariseDurations([scores.learned])).replace(/ \(. of .\)$/, '')
              : NOTHING,
          ]),
      run.seconds === null ? NOTHING : formatMinutes(run.seconds),
      run.meta ? String(run.meta.parameters) : NOTHING,
      ...changed.map(({ values }) => values[index]!),
    ];
  });
  return { header, rows };
}

function formatLevel(measure: Measure): string {
  return measure.printed === 'percent' ? `${measure.threshold! * 100} %` : String(measure.threshold);
}

/** Okabe & Ito's remaining colours, for runs of one cell. */
export const moreColours: readonly (readonly [light: string, dark: string])[] = [
  ['#0072b2', '#4fb0ea'],
  ['#d55e00', '#f58634'],
  ['#009e73', '#2fc49a'],
  ['#b8558d', '#e08fc0'],
  ['#a6761d', '#e6b450'],
  ['#4d4d4d', '#b0b0b0'],
];

/** Columns of runs against steps as one panel. Runs of different cells have their cells' colours. */
export function overlay(runs: readonly RunRecord[], columns: readonly string[], title: string): Figure {
  const lines: Line[] = runs.flatMap((run) =>
    columns.map((column) => ({
      name: nameOf(runs, run, columns, column),
      kind: 'median' as const,
      points: pointsOf(run.metrics, column),
    })),
  );
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const last = Math.max(1, ...lines.flatMap(({ points }) => points.map(([step]) => step)));
  const percent = columns.every((column) => metricOf(column)?.unit === 'fraction');
  return {
    title,
    subtitle: columns.join(', '),
    keys: keysOf(runs, columns, lines),
    panels: [
      {
        id: 'runs',
        title: '',
        lines,
        baseline: baselineOf(runs, columns),
        x: { domain: [0, last], title: 'steps' },
        y: {
          domain: sensibleRange(values),
          title: columns.length === 1 ? columns[0]!.replace('_', ' ') : '',
          percent,
        },
      },
    ],
  };
}

function nameOf(
  runs: readonly RunRecord[],
  run: RunRecord,
  columns: readonly string[],
  column: string,
): string {
  if (runs.length === 1) return column;
  return columns.length === 1 ? run.name : `${run.name}, ${column}`;
}

function keysOf(runs: readonly RunRecord[], columns: readonly string[], lines: readonly Line[]): Key[] {
  const cells = runs.map(({ config }) => cellOf(config));
  const distinct = columns.length === 1 && !cells.includes(null) && new Set(cells).size === cells.length;
  return lines.map(({ name }, index) => {
    const style = distinct && runs.length > 1 ? cellStyles[cells[index]!] : null;
    const [colour, darkColour] = moreColours[index % moreColours.length]!;
    return { name, colour: style?.colour ?? colour, darkColour: style?.darkColour ?? darkColour };
  });
}

/** The constant predictor's score, where one column of one task is shown. */
function baselineOf(runs: readonly RunRecord[], columns: readonly string[]): number | null {
  const metric = columns.length === 1 ? /^(?:valid|test)_(.*)$/.exec(columns[0]!)?.[1] : undefined;
  const values = runs.flatMap(({ meta }) => (metric !== undefined ? (meta?.baseline[metric] ?? []) : []));
  return values.length === runs.length && values.length > 0
    ? values.reduce((sum, value) => sum + value, 0) / values.length
    : null;
}

/**
 * From the lowest value to the highest, but no higher than three times the 95th percentile's distance from the
 * lowest: single evaluations of runs that succeed spike to 1e5.
 */
export function sensibleRange(values: readonly number[]): readonly [number, number] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return [0, 1];
  const low = sorted[0]!;
  const most = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))]!;
  const top = Math.min(sorted.at(-1)!, low + 3 * (most - low || sorted.at(-1)! - low));
  const bottom = low >= 0 && low < top * 0.5 ? 0 : low;
  return top > bottom ? [bottom, top + (top - bottom) * 0.04] : [bottom - 0.5, bottom + 0.5];
}
