import { escapeHtml, tight } from './html.ts';

/** Runs at one look: what came out of each pair of settings. */
export interface Matrix {
  readonly title: string;
  /** What rows and columns are. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; readonly cells: readonly (MatrixCell | null)[] }[];
  /** What the states mean that occur. */
  readonly legend: readonly { readonly state: MatrixState; readonly text: string }[];
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

const signs: Readonly<Record<MatrixState, string>> = {
  good: '=',
  bad: '≠',
  mixed: '◐',
  open: '…',
  plain: '',
};

export function matrixHtml({ title, corner, columns, rows, legend, notes }: Matrix): string {
  const used = legend.filter(({ state }) =>
    rows.some(({ cells }) => cells.some((cell) => cell?.state === state)),
  );
  return [
    `<div class="matrix-frame"><table class="matrix" aria-label="${escapeHtml(title)}">`,
    `<thead><tr><th scope="col">${escapeHtml(corner)}</th>${columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map(({ label, cells }) => `<tr><th scope="row">${tight(label)}</th>${cells.map(cellHtml).join('')}</tr>`).join('\n')}</tbody>`,
    '</table></div>',
    `<p class="key">${[
      ...used.map(
        ({ state, text }) => `<span class="state ${state}">${signs[state]}</span> ${escapeHtml(text)}`,
      ),
      ...notes.map(escapeHtml),
    ].join(' &nbsp; ')}</p>`,
  ].join('\n');
}

function cellHtml(cell: MatrixCell | null): string {
  if (cell === null) return '<td class="untested"><span class="none">not run</span></td>';
  const { state, main, lines, link } = cell;
  const sign = signs[state] === '' ? '' : `<span class="sign" aria-hidden="true">${signs[state]}</span>`;
  const text = `${sign}<b>${tight(main)}</b>${lines.map((line) => `<small>${tight(line)}</small>`).join('')}`;
  return `<td class="${state}">${link === null ? text : `<a href="#${escapeHtml(link)}">${text}</a>`}</td>`;
}
