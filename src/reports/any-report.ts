import { createHash } from 'node:crypto';
import { groupBy } from '../support/group-by.ts';
import { cellStyles, isCell } from './cells.ts';
import { moreColours, sensibleRange } from './compare.ts';
import { type Curve, curvesOf } from './curve.ts';
import { curvePanel, type NamedCurve } from './figures/curve-panel.ts';
import type { Figure, Panel } from './figures/figure.ts';
import { findRunRecords } from './find-runs.ts';
import { formatDurations, formatSteps, formatValue, NOTHING } from './format.ts';
import type { Measure } from './measures.ts';
import { chartsHtml, type PageFigure } from './page/charts.ts';
import { list } from './page/html.ts';
import { type Matrix, type MatrixCell, matrixHtml } from './page/matrix.ts';
import { type Live, renderPage, type Section, watchScript } from './page/page.ts';
import { tableHtml } from './page/tables.ts';
import { measureOf } from './paper/rows.ts';
import { flagsOf, provenanceTable } from './provenance.ts';
import { type Files, saveFiles } from './report-files.ts';
import { type RunRecord, setting } from './run-record.ts';
import { differences, settingsOf } from './run-settings.ts';
import { summariseDurations } from './statistics.ts';
import { type Table, toCsv } from './tables/table.ts';

export interface AnyReportOptions {
  /** Folder with the runs, or with folders of them. */
  readonly folder: string;
  readonly out: string;
  readonly warn: (message: string) => void;
  /** Seconds between looks of a page that follows its runs; null for a page that is done. */
  readonly refresh: number | null;
}

/** With more lines than this in a chart, colours no longer tell them apart. */
const MOST_LINES = 6;

/**
 * Writes one page about any runs: for each task a matrix over the settings that differ, its curves, a table, and the runs.
 * The same runs always give the same bytes. Returns the paths of the files.
 * Throws UserError: 66 if the folder is not there, 73 if `out` cannot be created.
 */
export async function writeAnyReport({ folder, out, warn, refresh }: AnyReportOptions): Promise<string[]> {
  const runs = findRunRecords([folder], warn);
  const files: Files = new Map();
  const page = pageOf(runs, null);
  files.set('index.html', page);
  if (refresh !== null) {
    const live = { version: createHash('sha256').update(page).digest('hex').slice(0, 16), seconds: refresh };
    files.set('index.html', pageOf(runs, live));
    files.set('watch.js', watchScript(live));
  }
  files.set('runs.csv', toCsv(provenanceTable(runs)));
  return saveFiles(out, files);
}

/** The settings of one task that runs differ in, and its curves by them. */
interface Experiment {
  readonly task: string;
  readonly measure: Measure;
  readonly curves: readonly Curve[];
  /** Paths of the settings that differ: those of the matrix's columns and rows first. */
  readonly keys: readonly string[];
  /** Paths of those that have one value for each cell, such as a forget bias: they need no place of their own. */
  readonly following: readonly string[];
}

function pageOf(runs: readonly RunRecord[], live: Live | null): string {
  const experiments = [
    ...groupBy(runs, ({ config }) => setting<string>(config, 'task.name', 'runs')),
  ].flatMap(([task, own]) => experimentOf(task, own) ?? []);
  const figures = experiments.map(pageFigure);
  const flags = flagsOf(runs);
  const provenance = provenanceTable(runs);
  const sections = experiments.flatMap((experiment, index): Section[] => [
    {
      id: experiment.task,
      nav: experiment.task,
      title: titleOf(experiment),
      html: `${matrixHtml(matrixOf(experiment))}\n${chartsHtml(figures[index]!)}\n${tableHtml(tableOf(experiment))}`,
    },
  ]);
  const count = runs.length === 1 ? 'One run' : `${runs.length} runs`;
  const open = runs.filter(({ outcome }) => outcome === null).length;
  return renderPage({
    title: 'irnn-run: these runs',
    lead: `<p class="lead">${count}${open === 0 ? '' : `, ${open} not over yet`}. Each setting stands for its seeds; where several settings share a place, the best on validation is shown.</p>`,
    sections: [
      ...sections,
      ...(flags.length === 0
        ? []
        : [{ id: 'flags', nav: 'To know', title: 'To know about these runs', html: list(flags) }]),
      { id: 'runs', nav: 'Runs', title: provenance.title, html: tableHtml(provenance) },
    ],
    figures,
    live,
  });
}

function experimentOf(task: string, runs: readonly RunRecord[]): Experiment | null {
  const measure = ownMeasure(runs);
  if (measure === null) return null;
  const curves = curvesOf(runs, measure);
  if (curves.length === 0) return null;
  const changed = differences(curves.map((curve) => settingsOf(configOf(curve))))
    .map(({ path, values }) => ({ path, values: new Set(values).size }))
    .sort((a, b) => b.values - a.values || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
  const model = 'model.type';
  if (!changed.includes(model)) return { task, measure, curves, keys: changed, following: [] };
  const follows = (path: string) =>
    [...groupBy(curves, (curve) => settingOf(curve, model)).values()].every(
      (own) => new Set(own.map((curve) => settingOf(curve, path))).size === 1,
    );
  const others = changed.filter((path) => path !== model);
  const free = others.filter((path) => !follows(path));
  return { task, measure, curves, keys: [model, ...free], following: others.filter(follows) };
}

/** What the task is judged by; the mark is that of the runs' own stop rule, if they have one for that metric. */
function ownMeasure(runs: readonly RunRecord[]): Measure | null {
  const known = runs[0] && measureOf(runs[0].config);
  if (known === undefined || known === null) return null;
  const stops = runs.map(({ config }) =>
    setting<{ metric?: string; below?: number; above?: number } | null>(config, 'stop', null),
  );
  const stop = stops.find((each) => each?.metric === `valid_${known.metric}`);
  return { ...known, threshold: stop?.below ?? stop?.above ?? known.threshold };
}

function configOf(curve: Curve) {
  return curve.scores[0]!.run.config;
}

function settingOf(curve: Curve, path: string): string {
  const value = setting<unknown>(settingsOf(configOf(curve)) as never, path, '');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function titleOf({ task, curves, measure }: Experiment): string {
  const n = curves.reduce((sum, { scores, unfinished }) => sum + scores.length + unfinished.length, 0);
  return `${task}: ${n === 1 ? 'one run' : `${n} runs`} of ${curves.length === 1 ? 'one setting' : `${curves.length} settings`}, ${measure.label}`;
}

/** The last word of a setting's path says enough where the others are no different. */
function shortName(path: string): string {
  return path
    .split('.')
    .slice(-2)
    .join('.')
    .replace(/^(task|model|training)\./, '');
}

function inOrder(values: Iterable<string>): string[] {
  return [...new Set(values)].sort((a, b) => {
    const numbers = Number(a) - Number(b);
    return Number.isNaN(numbers) ? (a < b ? -1 : Number(a > b)) : numbers;
  });
}

function cellLabel(value: string): string {
  return isCell(value) ? cellStyles[value].label : value === '' ? '–' : value;
}

/** Two keys span it; where more differ, the best curve on validation of each place is shown. */
function matrixOf({ task, curves, keys, measure }: Experiment): Matrix {
  const [column, row] = keys;
  const columns = column === undefined ? [''] : inOrder(curves.map((curve) => settingOf(curve, column)));
  const rows = row === undefined ? [''] : inOrder(curves.map((curve) => settingOf(curve, row)));
  return {
    title: `${task} at one look`,
    corner:
      row === undefined
        ? ''
        : column === undefined
          ? shortName(row)
          : `${shortName(row)} ↓ ${shortName(column)} →`,
    columns: columns.map((value) => (column === undefined ? 'all' : `${cellLabel(value)}`)),
    rows: rows.map((rowValue) => ({
      label: row === undefined ? '' : cellLabel(rowValue),
      cells: columns.map((columnValue) => {
        const place = curves.filter(
          (curve) =>
            (column === undefined || settingOf(curve, column) === columnValue) &&
            (row === undefined || settingOf(curve, row) === rowValue),
        );
        return place.length === 0 ? null : matrixCell(place, measure, task);
      }),
    })),
    legend: [
      { state: 'good', sign: '✓', text: 'most runs pass the mark' },
      { state: 'mixed', sign: '◐', text: 'some do' },
      { state: 'bad', sign: '✗', text: 'none does' },
    ],
    notes: [
      ...(measure.threshold === null
        ? []
        : [`The mark: ${measure.label} ${measure.better === 'lower' ? '<' : '>'} ${measure.threshold}.`]),
      `The number is the median ${measure.label} at the best validation.`,
    ],
  };
}

function matrixCell(place: readonly Curve[], measure: Measure, task: string): MatrixCell {
  const [best] = place as [Curve, ...Curve[]];
  const values = best.scores.map(({ test }) => test).sort((a, b) => a - b);
  const runs = best.scores.length + best.unfinished.length;
  const lines = [
    runs === 1 ? 'one run' : `${runs} runs`,
    ...(place.length > 1 ? [`best of ${place.length} settings`] : []),
  ];
  const main = formatValue(values[values.length >> 1]!, measure);
  if (measure.threshold === null) return { state: 'plain', main, lines, link: task };
  const passed = summariseDurations(best.scores.map(({ learned }) => learned!));
  const state = passed.reached * 2 > passed.n ? 'good' : passed.reached > 0 ? 'mixed' : 'bad';
  return { state, main, lines: [formatDurations(passed), ...lines], link: task };
}

/** A chart for each row of the matrix, its lines the columns; of many settings the best. */
function pageFigure({ task, curves, keys, measure }: Experiment): PageFigure {
  const [, row] = keys;
  const rows = row === undefined ? [''] : inOrder(curves.map((curve) => settingOf(curve, row)));
  const lineKeys = keys.filter((key) => key !== row);
  const nameOf = (curve: Curve) =>
    lineKeys
      .map((key) => `${key === 'model.type' ? '' : `${shortName(key)} `}${cellLabel(settingOf(curve, key))}`)
      .join(', ') || task;
  const panels = rows.map((value, index) => {
    const own = row === undefined ? curves : curves.filter((curve) => settingOf(curve, row) === value);
    const named = own.slice(0, MOST_LINES).map((curve): NamedCurve => ({ name: nameOf(curve), curve }));
    const hidden = own.length - named.length;
    return panelOf(
      `${index + 1}`,
      `${row === undefined ? task : `${shortName(row)} ${cellLabel(value)}`}${hidden > 0 ? ` (best ${named.length} of ${own.length} settings)` : ''}`,
      named,
      measure,
    );
  });
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))].sort();
  const figure: Figure = {
    title: task,
    subtitle: '',
    keys: names.map((name, index) => {
      const [colour, darkColour] = moreColours[index % moreColours.length]!;
      return { name, colour, darkColour };
    }),
    panels,
  };
  return {
    id: `${task}-curves`,
    figure,
    views: ({ x, y }) => [
      { label: 'logarithmic', log: true, x: [Math.max(1, firstStep(panels)), x.domain[1]], y: y.domain },
      { label: 'linear', log: false, x: x.domain, y: y.domain },
    ],
  };
}

function firstStep(panels: readonly Panel[]): number {
  const all = panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([step]) => step)));
  return Math.min(...all.filter((step) => step > 0), Infinity) === Infinity
    ? 1
    : Math.min(...all.filter((step) => step > 0));
}

function panelOf(id: string, title: string, named: readonly NamedCurve[], measure: Measure): Panel {
  const content = curvePanel(named);
  const points = content.lines.flatMap((line) => line.points);
  const last = Math.max(2, ...points.map(([step]) => step));
  return {
    id,
    title,
    ...content,
    x: { domain: [0, last], title: 'steps' },
    y: {
      domain: sensibleRange([
        ...points.map(([, value]) => value),
        ...(content.baseline === null ? [] : [content.baseline]),
      ]),
      title: measure.label,
      percent: measure.printed === 'percent',
    },
  };
}

/** A row for each setting, best first. */
function tableOf({ task, curves, keys, following, measure }: Experiment): Table {
  const mark =
    measure.threshold === null
      ? null
      : `first ${measure.better === 'lower' ? '<' : '>'} ${measure.threshold}`;
  const shown = keys.slice(0, 2);
  const score = measure.label;
  return {
    id: `${task}-table`,
    title: `${task}: settings, best first`,
    notes: ['Scores: test scores at the best validation, median over the runs that are over.'],
    columns: [
      ...keys.map(shortName),
      score,
      ...(mark === null ? [] : [mark]),
      'runs',
      'not over',
      'diverged',
      'steps',
      ...following.map(shortName),
      'run names',
    ],
    main: [...shown.map(shortName), score, ...(mark === null ? [] : [mark]), 'runs'],
    sortable: {
      ...Object.fromEntries(shown.map((key) => [shortName(key), key])),
      [score]: 'score',
      runs: 'runs',
      ...(mark === null ? {} : { [mark]: 'median_step' }),
    },
    rows: curves.map((curve) => {
      const values = curve.scores.map(({ test }) => test).sort((a, b) => a - b);
      const median = values[values.length >> 1]!;
      const passed =
        measure.threshold === null ? null : summariseDurations(curve.scores.map(({ learned }) => learned!));
      const steps = curve.scores.map(({ run }) => run.lastStep);
      return {
        cells: [
          ...keys.map((key) => cellLabel(settingOf(curve, key))),
          formatValue(median, measure),
          ...(passed === null ? [] : [formatDurations(passed)]),
          String(curve.scores.length),
          curve.unfinished.length === 0 ? NOTHING : String(curve.unfinished.length),
          String(curve.scores.filter(({ run }) => run.end === 'diverged').length),
          formatSteps(Math.max(...steps)),
          ...following.map((key) => settingOf(curve, key)),
          [...curve.scores, ...curve.unfinished].map(({ run }) => run.name).join(', '),
        ],
        record: {
          ...Object.fromEntries(keys.map((key) => [key, settingOf(curve, key)])),
          score: median,
          median_step: passed?.median ?? null,
          runs: curve.scores.length,
        },
      };
    }),
  };
}
