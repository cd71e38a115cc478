import {
  endMeanings,
  type Figure,
  type Inside,
  type Line,
  lineMeanings,
  type Panel,
} from '../figures/figure.ts';
import { escapeHtml, tight } from './html.ts';

/** A way to look at a chart. */
export interface View {
  readonly label: string;
  readonly log: boolean;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** Instead of scores: the share of runs that passed the mark. */
  readonly share?: boolean;
}

export interface PageFigure {
  readonly id: string;
  readonly figure: Figure;
  /** Ways to look at each panel, the one to begin with first. */
  readonly views: (panel: Panel) => readonly View[];
}

/** The data that assets/page/page.js draws. */
export function pageData(figures: readonly PageFigure[]) {
  return {
    keys: [...new Map(figures.flatMap(({ figure }) => figure.keys.map((key) => [key.name, key]))).values()],
    meanings: lineMeanings,
    charts: figures.flatMap(({ id, figure, views }) =>
      figure.panels.map((panel) => ({
        id: `${id}-${panel.id}`,
        modes: viewsOf(panel, views(panel)),
        x: { title: panel.x.title },
        y: { title: panel.y.title, percent: panel.y.percent },
        baseline: panel.baseline,
        lines: joinedPaperLines(panel).map((line) => lineData(line, 5)),
        shares: (panel.shares ?? []).map(({ name, points, censored }) => ({
          name,
          points: points.map(({ step, share }) => [step, Number(share.toFixed(4))]),
          censored,
        })),
        inside: (panel.inside ?? []).map(insideData),
      })),
    ),
  };
}

function viewsOf({ shares = [], mark }: Panel, views: readonly View[]): View[] {
  const log = views.find((view) => view.log) ?? views[0];
  if (mark === undefined || shares.length === 0 || log === undefined) return [...views];
  return [...views, { label: `share of runs with ${mark}`, log: true, x: log.x, y: [0, 1.04], share: true }];
}

function insideData({ title, log, percent, lines }: Inside) {
  return { title, log, percent, lines: lines.map((line) => lineData(line, 3)) };
}

type OpenLine = Omit<Line, 'points'> & { readonly points: readonly (readonly [number, number | null])[] };

/** Steps and values apart: five digits are more than a screen shows. */
function lineData({ name, kind, seed, end, points }: OpenLine, digits: number) {
  return {
    name,
    kind,
    ...(seed === undefined ? {} : { seed }),
    ...(end === undefined ? {} : { end }),
    steps: points.map(([step]) => step),
    values: points.map(([, value]) => (value === null ? null : Number(value.toPrecision(digits)))),
  };
}

/** The pieces of a paper curve as one line with gaps: so it has one value under the pointer. */
function joinedPaperLines({ lines }: Panel): OpenLine[] {
  const joined = new Map<string, OpenLine & { points: (readonly [number, number | null])[] }>();
  for (const { name, kind, points } of lines.filter((line) => line.kind === 'paper')) {
    const line = joined.get(name) ?? { name, kind, points: [] };
    joined.set(name, line);
    const last = line.points.at(-1);
    if (last) line.points.push([(last[0] + points[0]![0]) / 2, null]);
    line.points.push(...points);
  }
  return [...joined.values(), ...lines.filter(({ kind }) => kind !== 'paper')];
}

/** The places that page.js fills. */
export function chartsHtml({ id, figure }: PageFigure): string {
  const charts = figure.panels.map((panel) => {
    const inside = panel.inside ?? [];
    return `<div class="chart" data-chart="${id}-${panel.id}" id="${id}-${panel.id}">
<div class="bar"><h3>${escapeHtml(panel.title)}</h3><div class="modes" role="group" aria-label="axes"></div></div>
<div class="plot" role="img" aria-label="${escapeHtml(describe(figure, panel))}"></div>
<div class="legend" role="group" aria-label="lines"></div>
${rankingHtml(figure, panel)}
${inside.length === 0 ? '' : `<details class="inside"><summary>inside: ${inside.map(({ title }) => escapeHtml(title)).join(', ')}</summary><div class="insides"></div></details>`}
</div>`;
  });
  return `<div class="charts">${charts.join('\n')}</div>
<p class="key">${Object.values(endMeanings)
    .map(({ sign, text }) => `<span class="mark">${sign}</span> ${escapeHtml(text)}`)
    .join(' &nbsp; ')}</p>`;
}

/** What the picture shows, for those who do not see it. */
function describe(figure: Figure, panel: Panel): string {
  const { ranking } = panel;
  const order = (ranked: readonly { name: string; text: string }[]) =>
    ranked.map(({ name, text }) => `${name} ${text}`).join('; ') || 'no runs';
  const told = ranking ? `. The paper: ${order(ranking.paper)}. Here: ${order(ranking.here)}` : '';
  return `${figure.title}, ${panel.title}: ${panel.y.title} against ${panel.x.title}${told}`;
}

function rankingHtml(figure: Figure, { ranking }: Panel): string {
  if (ranking === undefined) return '';
  const column = (title: string, ranked: readonly { name: string; text: string }[]) =>
    `<div><h4>${title}</h4>${
      ranked.length === 0
        ? '<p class="none">not run</p>'
        : `<ol>${ranked
            .map(({ name, text }) => {
              const key = figure.keys.find((candidate) => candidate.name === name);
              return `<li><span class="dot" style="--light:${key?.colour};--dark:${key?.darkColour}"></span>${escapeHtml(name)} <span class="when">${tight(text)}</span></li>`;
            })
            .join('')}</ol>`
    }</div>`;
  return `<div class="ranks">${column('order in the paper', ranking.paper)}${column('order here', ranking.here)}</div>`;
}
