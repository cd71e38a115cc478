import type { Figure, Panel } from './figures/figure.ts';
import { chartsHtml, type PageFigure } from './page/charts.ts';
import { escapeHtml, inline, list } from './page/html.ts';
import { matrixHtml } from './page/matrix.ts';
import { type Live, renderPage, type Section } from './page/page.ts';
import { countVerdicts, coverageMeter, verdictStrip } from './page/strip.ts';
import { tableHtml } from './page/tables.ts';
import { type Coverage, totalCoverage } from './paper/coverage.ts';
import { deviations } from './paper/deviations.ts';
import { otherResults } from './paper/facts.ts';
import type { Verdict } from './paper/judgement.ts';
import type { Lesson } from './paper/lessons.ts';
import type { Outcome } from './paper/outcomes.ts';
import { figureMatrix, tableMatrix } from './paper-matrix.ts';
import type { RunRecord } from './run-record.ts';
import type { Table } from './tables/table.ts';

export interface PaperPage {
  readonly runs: readonly RunRecord[];
  readonly outcomes: readonly Outcome[];
  readonly verdicts: readonly Verdict[];
  readonly coverage: readonly Coverage[];
  readonly lessons: readonly Lesson[];
  readonly figures: Readonly<Record<'figure-2' | 'figure-3', Figure>>;
  readonly tables: Readonly<Record<string, Table>>;
  readonly provenance: Table;
  readonly flags: readonly string[];
  /** The way to the playground from where the page lies; null if it is not in the same checkout. */
  readonly playground: string | null;
  readonly live: Live | null;
}

/** Limits of the closer look that a chart begins with. */
export const closerMse = { x: [5_000, 9e6], y: [0, 0.25] } as const;
const closerAccuracy = { x: [2_500, 1e6], y: [0, 1] } as const;

/** The paper's report as one page: what reproduces first, then what shows it. */
export function paperPage(report: PaperPage): string {
  const { verdicts, coverage, lessons, tables, provenance, flags, outcomes, runs, playground } = report;
  const all = totalCoverage(coverage);
  const figures: Record<'figure-2' | 'figure-3', PageFigure> = {
    'figure-2': pageFigure('figure-2', report.figures['figure-2'], closerMse),
    'figure-3': pageFigure('figure-3', report.figures['figure-3'], closerAccuracy),
  };
  const tableSection = (id: string): Section => ({
    id,
    nav: nameOf(id),
    title: tables[id]!.title,
    html: tableHtml(tables[id]!),
  });
  const sections: Section[] = [
    {
      id: 'verdicts',
      nav: 'Does it reproduce?',
      title: 'Does it reproduce?',
      html: `<p class="meaning">The paper’s claims: ${escapeHtml(countVerdicts(verdicts))}. Each verdict follows from the runs by a rule that stands below it.</p>\n${verdictStrip(verdicts)}`,
    },
    {
      id: 'outcomes',
      nav: 'All curves',
      title: 'All curves at one look',
      html: matrixHtml(figureMatrix(outcomes)) + matrixHtml(tableMatrix(runs)),
    },
    {
      id: 'coverage',
      nav: 'Coverage',
      title: `Coverage: ${all.run} of ${all.total} items run, ${all.comparable} comparable`,
      html: `${coverageMeter(coverage)}${flags.length === 0 ? '' : `<details class="flags"><summary>${flags.length === 1 ? 'One thing' : `${flags.length} things`} to know about these runs</summary>${list(flags)}</details>`}`,
    },
    ...(['figure-2', 'figure-3'] as const).map(
      (id): Section => ({
        id,
        nav: nameOf(id),
        title: report.figures[id].title,
        html: `<p class="meaning">${inline(report.figures[id].subtitle)} Point at a chart for its values, drag over a part to enlarge it, double-click to go back.</p>
${chartsHtml(figures[id])}
<details class="more-table"><summary>${escapeHtml(tables[id]!.title)}</summary>${tableHtml(tables[id]!)}</details>`,
      }),
    ),
    {
      id: 'learned',
      nav: lessons.length === 0 ? null : 'What we learned',
      title: 'What we learned',
      html: lessonsHtml(lessons),
    },
    ...['table-1', 'table-2', 'table-3', 'table-4'].map(tableSection),
    {
      id: 'others',
      nav: 'Others',
      title: 'What others report',
      html: list(otherResults.map(({ source, result }) => `${source}: ${result}`)),
    },
    {
      id: 'deviations',
      nav: 'Deviations',
      title: 'Known deviations from the paper',
      html: `<ul>${deviations.map(({ about, text }) => `<li><b>${escapeHtml(about)}.</b> ${inline(text)}</li>`).join('')}</ul>`,
    },
    { id: 'runs', nav: 'Runs', title: provenance.title, html: tableHtml(provenance) },
  ];
  return renderPage({
    title: 'irnn-run beside the paper',
    lead: `<p class="lead">Le, Jaitly &amp; Hinton (2015), “A Simple Way to Initialize Recurrent Networks of Rectified Linear Units” (arXiv 1504.00941): give a plain recurrent network rectified linear units, begin from the identity matrix and clip the gradients, and it rivals an LSTM. Here is every figure and table of it, with what irnn-run measured.${playground === null ? '' : ` <a href="${escapeHtml(playground)}">Train an IRNN beside a tanh network in your browser</a>.`}</p>`,
    sections: sections.filter(({ id, nav }) => nav !== null || id !== 'learned'),
    figures: Object.values(figures),
    live: report.live,
  });
}

function pageFigure(
  id: string,
  figure: Figure,
  closer: { x: readonly [number, number]; y: readonly [number, number] },
): PageFigure {
  return {
    id,
    figure,
    views: (panel: Panel) => [
      { label: 'logarithmic', log: true, ...closer },
      { label: 'paper’s axes', log: false, x: panel.x.domain, y: panel.y.domain },
    ],
  };
}

function lessonsHtml(lessons: readonly Lesson[]): string {
  return `<p class="meaning">Written from the runs: it changes when they do.</p>${lessons.map(({ title, points }) => `<h3>${escapeHtml(title)}</h3>${list(points)}`).join('\n')}`;
}

/** `figure-2` as `Figure 2`. */
function nameOf(id: string): string {
  const [kind, number] = id.split('-');
  return `${kind![0]!.toUpperCase()}${kind!.slice(1)} ${number}`;
}
