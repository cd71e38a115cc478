import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../support/atomic-file.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { allRows } from './benchmarks.ts';
import { deviations } from './deviations.ts';
import { chartSpec, type Layout } from './figures/chart.ts';
import type { Figure } from './figures/figure.ts';
import { figureCsv } from './figures/figure-csv.ts';
import { figure2, figure3 } from './figures/paper-figures.ts';
import { drawPng } from './figures/png.ts';
import { drawSvg } from './figures/vega.ts';
import { type BaselineFile, findBaselines, findRunRecords } from './find-runs.ts';
import { type PageFigure, renderPage } from './page/page.ts';
import { otherResults } from './paper-facts.ts';
import { flagsOf, provenanceTable } from './provenance.ts';
import type { RunRecord } from './run-record.ts';
import { findSelections, type Selection } from './selections.ts';
import { figure2Table, figure3Table } from './tables/figure-tables.ts';
import { type Table, toCsv, toMarkdown } from './tables/table.ts';
import { table1, table2 } from './tables/tables-1-2.ts';
import { table3, table4 } from './tables/tables-3-4.ts';

export const reportItems = ['figure-2', 'figure-3', 'table-1', 'table-2', 'table-3', 'table-4'] as const;
type ReportItem = (typeof reportItems)[number];

export interface ReportOptions {
  readonly items: readonly ReportItem[];
  /** Folders with run directories in them, or in their folders. */
  readonly runs: readonly string[];
  readonly out: string;
  /** Hears about runs that cannot be read. */
  readonly warn: (message: string) => void;
}

/** Two panels side by side, readable at half their size. */
const pair = { columns: 2, width: 400, height: 240 };
const closerMse = { x: [5_000, 9e6], y: [0, 0.25] } as const;

/** A drawing of a figure: its file name, which panels, how. */
interface Drawing {
  readonly name: string;
  readonly figure: Figure;
  readonly layout: Layout;
}

/**
 * Writes the chosen figures and tables, index.html, which always holds everything, and with all of them a README.md.
 * The same runs always give the same bytes. Returns the paths of the files.
 * Throws UserError: 66 if a folder of runs is not there, 73 if `out` cannot be created.
 */
export async function writeReport({ items, runs: folders, out, warn }: ReportOptions): Promise<string[]> {
  const runs = findRunRecords(folders, warn).filter(isOfThePaper);
  const [baselines, selections] = [findBaselines(folders), findSelections(folders)];
  const figures: Record<'figure-2' | 'figure-3', Figure> = {
    'figure-2': figure2(runs),
    'figure-3': figure3(runs),
  };
  const files = new Map<string, string | Uint8Array>();
  const all = {
    ...tablesOf(runs, baselines, selections),
    'figure-2': figure2Table(runs),
    'figure-3': figure3Table(runs),
  };
  for (const item of items) {
    const table = all[item];
    const isFigure = item === 'figure-2' || item === 'figure-3';
    const drawings = isFigure ? drawingsOf(item, figures[item]) : [];
    for (const { name, figure, layout } of drawings) {
      const svg = await drawSvg(chartSpec(figure, layout));
      files.set(`${name}.svg`, svg);
      files.set(`${name}.png`, await drawPng(svg));
    }
    files.set(`${item}.csv`, isFigure ? figureCsv(figures[item]) : toCsv(table));
    if (isFigure) files.set(`${item}-steps.csv`, toCsv(table));
    files.set(
      `${item}.md`,
      `${toMarkdown(table)}${drawings.map(({ name }) => `\n![${name}](${name}.svg)\n`).join('')}`,
    );
  }
  const flags = flagsOf(runs);
  const provenance = provenanceTable(runs);
  const tables = Object.values(tablesOf(runs, baselines, selections));
  files.set('runs.csv', toCsv(provenance));
  files.set(
    'index.html',
    renderPage({ figures: pageFigures(figures, all), tables, runs: provenance, flags }),
  );
  if (items.length === reportItems.length) files.set('README.md', readme(flags, provenance));
  return save(out, files);
}

function isOfThePaper({ config }: RunRecord): boolean {
  return allRows.some((row) => row.matches(config));
}

function tablesOf(
  runs: readonly RunRecord[],
  baselines: readonly BaselineFile[],
  selections: readonly Selection[],
): Record<'table-1' | 'table-2' | 'table-3' | 'table-4', Table> {
  return {
    'table-1': table1(runs, selections),
    'table-2': table2(runs, selections),
    'table-3': table3(runs, baselines),
    'table-4': table4(runs),
  };
}

function drawingsOf(item: 'figure-2' | 'figure-3', figure: Figure): Drawing[] {
  if (item === 'figure-3') return [{ name: item, figure, layout: { ...pair, height: 260, logSteps: false } }];
  const [t150] = figure.panels;
  return [
    { name: item, figure, layout: { ...pair, logSteps: false } },
    { name: `${item}-closer`, figure, layout: { ...pair, ...closerMse, logSteps: true } },
    {
      name: `${item}-t150`,
      figure: { ...figure, title: 'Adding problem, T = 150', panels: [{ ...t150!, title: '' }] },
      layout: { columns: 1, width: 760, height: 340, ...closerMse, logSteps: true },
    },
  ];
}

function pageFigures(
  figures: Record<'figure-2' | 'figure-3', Figure>,
  tables: Record<'figure-2' | 'figure-3', Table>,
): PageFigure[] {
  const paperView = (panel: Figure['panels'][number]) =>
    ({ label: 'paper’s axes', log: false, x: panel.x.domain, y: panel.y.domain }) as const;
  return [
    {
      id: 'figure-2',
      figure: figures['figure-2'],
      table: tables['figure-2'],
      views: (panel) => [{ label: 'closer, log steps', log: true, ...closerMse }, paperView(panel)],
    },
    {
      id: 'figure-3',
      figure: figures['figure-3'],
      table: tables['figure-3'],
      views: (panel) => [
        paperView(panel),
        { label: 'log steps', log: true, x: [2_500, 1e6], y: panel.y.domain },
      ],
    },
  ];
}

function readme(flags: readonly string[], runs: Table): string {
  return `# Results beside the paper

Written by \`irnn-run report\`. [index.html](index.html) has all of it in one page with interactive charts: open it from disk.

${reportItems.map((item) => `- [${item}](${item}.md)`).join('\n')}

${flags.map((flag) => `> ${flag}\n`).join('>\n')}
![Adding problem, T = 150](figure-2-t150.svg)

## What others report

${otherResults.map(({ source, result }) => `- ${source}: ${result}`).join('\n')}

## Known deviations from the paper

${deviations.map(({ about, text }) => `- **${about}.** ${text}`).join('\n')}

${toMarkdown(runs, 2)}`;
}

function save(out: string, files: ReadonlyMap<string, string | Uint8Array>): string[] {
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new UserError(ExitCode.cannotCreate, `${out}: cannot create it (${(error as Error).message})`, {
      cause: error,
    });
  }
  return [...files].map(([name, content]) => {
    const path = join(out, name);
    replaceFile(path, content);
    return path;
  });
}
