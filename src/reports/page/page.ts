import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageFile } from '../../support/package.ts';
import { deviations } from '../deviations.ts';
import type { Figure } from '../figures/figure.ts';
import { otherResults } from '../paper-facts.ts';
import type { Table } from '../tables/table.ts';
import { pageData, type View } from './charts.ts';
import { escapeHtml, inline, tableHtml } from './html.ts';

export interface PageFigure {
  readonly id: string;
  readonly figure: Figure;
  readonly table: Table;
  /** Ways to look at each panel, the one to begin with first. */
  readonly views: (panel: Figure['panels'][number]) => readonly View[];
}

export interface Page {
  readonly figures: readonly PageFigure[];
  readonly tables: readonly Table[];
  readonly runs: Table;
  readonly flags: readonly string[];
}

/** The whole report as one HTML file that needs nothing else: no network, no other file. */
export function renderPage({ figures, tables, runs, flags }: Page): string {
  const charts = figures.flatMap(({ id, figure, views }) =>
    figure.panels.map((panel) => ({ figure, panel, id: `${id}-${panel.id}`, views: views(panel) })),
  );
  const title = 'irnn-run beside the paper';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${uplotFile('uPlot.min.css')}
${asset('page.css')}</style>
</head>
<body>
<h1>${title}</h1>
<p class="lead">Every figure and table of Le, Jaitly &amp; Hinton (2015), “A Simple Way to Initialize Recurrent Networks of Rectified Linear Units” (arXiv 1504.00941), with what irnn-run measured next to what the paper shows. Cells with hatching have no run yet; the command beside them makes it.</p>
<nav>${[...figures, ...tables].map(({ id }) => `<a href="#${id}">${nameOf(id)}</a>`).join('')}<a href="#others">Others</a><a href="#deviations">Deviations</a><a href="#runs">Runs</a></nav>
${flags.length === 0 ? '' : `<ul class="flags">${flags.map((flag) => `<li>${inline(flag)}</li>`).join('')}</ul>`}
<main>
${figures.map(figureSection).join('\n')}
${tables.map((table) => section(table.id, table.title, tableHtml(table))).join('\n')}
${section('others', 'What others report', `<ul>${otherResults.map(({ source, result }) => `<li>${inline(source)}: ${inline(result)}</li>`).join('')}</ul>`)}
${section('deviations', 'Known deviations from the paper', `<ul>${deviations.map(({ about, text }) => `<li><b>${escapeHtml(about)}.</b> ${inline(text)}</li>`).join('')}</ul>`)}
${section('runs', runs.title, tableHtml(runs))}
</main>
<noscript><p>The charts need JavaScript; the tables hold the same numbers.</p></noscript>
<script>${inScript(uplotFile('uPlot.iife.min.js'))}</script>
<script>const report = ${json(pageData(charts))};</script>
<script>${inScript(asset('page.js'))}</script>
</body>
</html>
`;
}

function figureSection({ id, figure, table }: PageFigure): string {
  const charts = figure.panels.map(
    (panel) => `<div class="chart" data-chart="${id}-${panel.id}">
<div class="bar"><h3>${escapeHtml(panel.title)}</h3><div class="modes"></div></div>
<div class="plot" role="img" aria-label="${escapeHtml(`${figure.title}, ${panel.title}: ${panel.y.title} against ${panel.x.title}; the table below has the figures`)}"></div>
<div class="legend"></div>
</div>`,
  );
  return section(
    id,
    figure.title,
    `<p class="meaning">${inline(figure.subtitle)} Point at a chart for its values, drag over a part to enlarge it, double-click to go back.</p>
<div class="charts">${charts.join('\n')}</div>
<h3 style="margin-top:26px">${escapeHtml(table.title)}</h3>
${tableHtml(table)}`,
  );
}

function section(id: string, title: string, content: string): string {
  return `<section id="${id}"><h2>${escapeHtml(title)}</h2>\n${content}</section>`;
}

/** `figure-2` as `Figure 2`. */
function nameOf(id: string): string {
  const [kind, number] = id.split('-');
  return `${kind![0]!.toUpperCase()}${kind!.slice(1)} ${number}`;
}

function asset(name: string): string {
  return readFileSync(packageFile(`assets/page/${name}`), 'utf8');
}

function uplotFile(name: string): string {
  const main = createRequire(import.meta.url).resolve('uplot');
  return readFileSync(join(dirname(main), name), 'utf8').trim();
}

function json(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function inScript(code: string): string {
  return code.replaceAll('</script', '<\\/script');
}
