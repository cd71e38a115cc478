import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { packageFile, packageRoot } from '../support/package.ts';
import { chartSpec, type Layout } from './figures/chart.ts';
import { drawPng, drawSvg } from './figures/draw.ts';
import { type Figure, figureCsv } from './figures/figure.ts';
import { overviewSpec } from './figures/overview.ts';
import { figure2, figure3 } from './figures/paper-figures.ts';
import { findRunRecords } from './find-runs.ts';
import { watchScript } from './page/page.ts';
import { coverageOf } from './paper/coverage.ts';
import { deviations } from './paper/deviations.ts';
import { otherResults } from './paper/facts.ts';
import { lessonsOf } from './paper/lessons.ts';
import { outcomesOf } from './paper/outcomes.ts';
import { allRows, isScaledIrnn } from './paper/rows.ts';
import { findSelections, type Selection } from './paper/selections.ts';
import { coverageTable, verdictTable } from './paper/summary-tables.ts';
import { verdictsOf } from './paper/verdicts.ts';
import { closerMse, type PaperPage, paperPage } from './paper-page.ts';
import { flagsOf, provenanceTable } from './provenance.ts';
import { type Files, saveFiles } from './report-files.ts';
import type { RunRecord } from './run-record.ts';
import { settingsKey } from './run-settings.ts';
import { type BaselineFile, findBaselines } from './tables/baselines.ts';
import { figure2Table, figure3Table } from './tables/figure-tables.ts';
import { type Table, toCsv, toMarkdown } from './tables/table.ts';
import { table1, table2 } from './tables/tables-1-2.ts';
import { table3, table4 } from './tables/tables-3-4.ts';

export const reportItems = ['figure-2', 'figure-3', 'table-1', 'table-2', 'table-3', 'table-4'] as const;
type ReportItem = (typeof reportItems)[number];
type FigureItem = 'figure-2' | 'figure-3';

export interface ReportOptions {
  readonly items: readonly ReportItem[];
  /** Folders with run directories in them, or in their folders. */
  readonly runs: readonly string[];
  readonly out: string;
  /** Hears about runs that cannot be read. */
  readonly warn: (message: string) => void;
  /** Seconds between looks of a page that loads itself anew when it has changed; null for a page that is done. */
  readonly refresh: number | null;
}

/** Two panels side by side, readable at half their size. */
const pair = { columns: 2, width: 400, height: 240 };

/** From this seed on a run chooses settings; what is reported has smaller ones (docs/protocol.md). */
const FIRST_SELECTION_SEED = 101;

/**
 * Writes the chosen figures and tables, index.html, which always holds everything, and with all of them the summaries and a
 * README.md. The same runs always give the same bytes. Returns the paths of the files.
 * Throws UserError: 66 if a folder of runs is not there, 73 if `out` cannot be created.
 */
export async function writePaperReport({
  items,
  runs: folders,
  out,
  warn,
  refresh,
}: ReportOptions): Promise<string[]> {
  const runs = reportable(findRunRecords(folders, warn));
  const selections = findSelections(folders);
  const outcomes = outcomesOf(runs);
  const figures: Record<FigureItem, Figure> = {
    'figure-2': figure2(outcomes),
    'figure-3': figure3(outcomes),
  };
  const tables = tablesOf(runs, findBaselines(folders), selections);
  const report: PaperPage = {
    runs,
    outcomes,
    figures,
    tables,
    verdicts: verdictsOf(runs, outcomes),
    coverage: coverageOf(runs, selections),
    lessons: lessonsOf(runs, outcomes),
    provenance: provenanceTable(runs),
    flags: flagsOf(runs),
    playground: playgroundFrom(out),
    live: null,
  };
  const files: Files = new Map();
  for (const item of items) await addItem(files, item, tables[item], figures);
  files.set('runs.csv', toCsv(report.provenance));
  files.set('index.html', paperPage(report));
  if (refresh !== null) {
    const version = createHash('sha256').update(files.get('index.html')!).digest('hex').slice(0, 16);
    const live = { version, seconds: refresh };
    files.set('index.html', paperPage({ ...report, live }));
    files.set('watch.js', watchScript(live));
  }
  if (items.length === reportItems.length) await addSummaries(files, report);
  return saveFiles(out, files);
}

/** A report that somebody keeps elsewhere has no playground beside it. */
function playgroundFrom(out: string): string | null {
  const file = packageFile('docs/playground/index.html');
  if (!resolve(out).startsWith(packageRoot) || !existsSync(file)) return null;
  return relative(resolve(out), file).replaceAll('\\', '/');
}

/** Runs of the paper's experiments; of a setting that has reported seeds, those alone and not the seeds that chose it. */
function reportable(all: readonly RunRecord[]): RunRecord[] {
  const runs = all.filter(({ config }) => allRows.some((row) => row.matches(config)) || isScaledIrnn(config));
  const chooses = ({ seed }: RunRecord) => seed >= FIRST_SELECTION_SEED;
  const reported = new Set(runs.filter((run) => !chooses(run)).map(({ config }) => settingsKey(config)));
  return runs.filter((run) => !chooses(run) || !reported.has(settingsKey(run.config)));
}

function tablesOf(
  runs: readonly RunRecord[],
  baselines: readonly BaselineFile[],
  selections: readonly Selection[],
): Record<ReportItem, Table> {
  return {
    'figure-2': figure2Table(runs),
    'figure-3': figure3Table(runs),
    'table-1': table1(runs, selections),
    'table-2': table2(runs, selections),
    'table-3': table3(runs, baselines),
    'table-4': table4(runs),
  };
}

async function addItem(
  files: Files,
  item: ReportItem,
  table: Table,
  figures: Readonly<Record<FigureItem, Figure>>,
): Promise<void> {
  if (item !== 'figure-2' && item !== 'figure-3') {
    files.set(`${item}.csv`, toCsv(table));
    files.set(`${item}.md`, toMarkdown(table));
    return;
  }
  const drawings = drawingsOf(item, figures[item]);
  for (const { name, figure, layout } of drawings) await addPicture(files, name, chartSpec(figure, layout));
  files.set(`${item}.csv`, figureCsv(figures[item]));
  files.set(`${item}-steps.csv`, toCsv(table));
  files.set(
    `${item}.md`,
    `${toMarkdown(table)}${drawings.map(({ name }) => `\n![${name}](${name}.svg)\n`).join('')}`,
  );
}

async function addPicture(files: Files, name: string, spec: Parameters<typeof drawSvg>[0]): Promise<void> {
  const svg = await drawSvg(spec);
  files.set(`${name}.svg`, svg);
  files.set(`${name}.png`, await drawPng(svg));
}

/** A figure on a logarithmic axis, which shows short and long curves alike, and on the paper's own. */
function drawingsOf(item: FigureItem, figure: Figure): { name: string; figure: Figure; layout: Layout }[] {
  const closer =
    item === 'figure-2' ? { ...pair, ...closerMse } : { ...pair, height: 260, x: [2_500, 1e6] as const };
  return [
    { name: item, figure, layout: { ...closer, logSteps: true } },
    { name: `${item}-paper-axes`, figure, layout: { ...pair, logSteps: false } },
  ];
}

async function addSummaries(files: Files, report: PaperPage): Promise<void> {
  const summaries = [verdictTable(report.verdicts), coverageTable(report.coverage)];
  for (const table of summaries) files.set(`${table.id}.csv`, toCsv(table));
  await addPicture(files, 'overview', overviewSpec(report.outcomes));
  files.set('README.md', readme(report, summaries));
}

function readme({ flags, provenance, lessons }: PaperPage, summaries: readonly Table[]): string {
  return `# Results beside the paper

Written by \`irnn-run report\`. [index.html](index.html) has all of it in one page with interactive charts: open it from disk.

![What reproduces: every curve of Figures 2 and 3](overview.svg)

${summaries.map((table) => toMarkdown(table, 2)).join('\n')}
## Figures and tables

${reportItems.map((item) => `- [${item}](${item}.md)`).join('\n')}

${flags.map((flag) => `> ${flag}\n`).join('>\n')}
## What we learned

${lessons.map(({ title, points }) => `**${title}**\n\n${points.map((point) => `- ${point}`).join('\n')}\n`).join('\n')}
## What others report

${otherResults.map(({ source, result }) => `- ${source}: ${result}`).join('\n')}

## Known deviations from the paper

${deviations.map(({ about, text }) => `- **${about}.** ${text}`).join('\n')}

${toMarkdown(provenance, 2)}`;
}
