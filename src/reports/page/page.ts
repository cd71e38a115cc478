import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageFile } from '../../support/package.ts';
import { type PageFigure, pageData } from './charts.ts';
import { escapeHtml } from './html.ts';

export interface Section {
  readonly id: string;
  /** In the navigation; null for a section that is not there. */
  readonly nav: string | null;
  readonly title: string;
  readonly html: string;
}

export interface Page {
  readonly title: string;
  /** HTML below the title. */
  readonly lead: string;
  readonly sections: readonly Section[];
  /** The figures whose places are somewhere in the sections. */
  readonly figures: readonly PageFigure[];
  /** A page that looks for a newer one of itself; null for a page that is done. */
  readonly live: Live | null;
}

export interface Live {
  readonly version: string;
  /** Seconds between looks. */
  readonly seconds: number;
}

/** A report as one HTML file that needs nothing else: no network, no other file. */
export function renderPage({ title, lead, sections, figures, live }: Page): string {
  return `<!doctype html>
<html lang="en"${live === null ? '' : ` data-version="${live.version}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${uplotFile('uPlot.min.css')}
${asset('page.css')}</style>
<script>document.documentElement.classList.add('js');</script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${escapeHtml(title)}</h1>
${lead}
<nav aria-label="sections">${sections
    .filter(({ nav }) => nav !== null)
    .map(({ id, nav }) => `<a href="#${id}">${escapeHtml(nav!)}</a>`)
    .join('')}</nav>
</header>
<main id="content">
${sections.map(({ id, title: heading, html }) => `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeHtml(heading)}</h2>\n${html}</section>`).join('\n')}
</main>
<p class="unseen" role="status" id="said"></p>
<noscript><p>The charts need JavaScript; the tables hold the same numbers.</p></noscript>
<script>${inScript(uplotFile('uPlot.iife.min.js'))}</script>
<script>const report = ${json(pageData(figures))};</script>
<script>${inScript(asset('clipboard.js'))}</script>
<script>${inScript(asset('page.js'))}</script>
${live === null ? '' : `${liveScript(live)}\n`}</body>
</html>
`;
}

/** Loads watch.js, which lies beside the page, again and again; it knows which page is the newest. */
function liveScript({ seconds }: Live): string {
  return `<script>setInterval(() => {
  const script = document.createElement('script');
  script.src = 'watch.js?' + Date.now();
  script.onload = script.onerror = () => script.remove();
  document.head.append(script);
}, ${seconds * 1000});</script>`;
}

/** The text of watch.js: pages of other versions load themselves anew. */
export function watchScript({ version }: Live): string {
  return `if (document.documentElement.dataset.version !== '${version}') location.reload();\n`;
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
