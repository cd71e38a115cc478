import { escapeHtml, tight } from './html.ts';

/** Runs at one look: what came out of each pair of settings. */
export interface Matrix {
  readonly title: string;
  /** What rows and columns are. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly (MatrixCell | null)[] }[];
  /** What the states mean, and their signs: colour alone tells too little. */
  readonly legend: readonly { readonly state: MatrixState; readonly sign: string; readonly text: string }[];
  readonly notes: readonly string[];
}

export type MatrixState = 'good' | 'bad' | 'mixed' | 'open' | 'plain';

export interface MatrixCell {
  readonly state: MatrixState;
  /** The outcome, in a word or a number. */
  readonly main: string;
  /** Smaller lines below it. */
  readonly lines: readonly string[];
  readonly link: string | null;
}

export function matrixHtml({ title, corner, columns, rows, legend, notes }: Matrix): string {
  const used = legend.filter(({ state }) =>
    rows.some(({ cells }) => cells.some((cell) => cell?.state === state)),
  );
  return [
    `<div class="matrix-frame"><table class="matrix" aria-label="${escapeHtml(title)}">`,
    `<thead><tr><th scope="col">${escapeHtml(corner)}</th>${columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map(({ label, cells }) => `<tr><th scope="row">${tight(label)}</th>${cells.map((cell) => cellHtml(cell, legend)).join('')}</tr>`).join('\n')}</tbody>`,
    '</table></div>',
    `<p class="key">${[
      ...used.map(
        ({ state, sign, text }) => `<span class="state ${state}">${sign}</span> ${escapeHtml(text)}`,
      ),
      ...notes.map(escapeHtml),
    ].join(' &nbsp; ')}</p>`,
  ].join('\n');
}

function cellHtml(cell: MatrixCell | null, legend: Matrix['legend']): string {
  if (cell === null) return '<td class="untested"><span class="none">not run</span></td>';
  const { state, main, lines, link } = cell;
  const known = legend.find((entry) => entry.state === state);
  const sign = known === undefined ? '' : `<span class="sign" aria-hidden="true">${known.sign}</span>`;
  const text = `${sign}<b>${tight(main)}</b>${lines.map((line) => `<small>${tight(line)}</small>`).join('')}`;
  return `<td class="${state}">${link === null ? text : `<a href="#${escapeHtml(link)}">${text}</a>`}</td>`;
}
