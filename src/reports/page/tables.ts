import { groupBy } from '../../support/group-by.ts';
import type { Table, TableRow } from '../tables/table.ts';
import { commandHtml, copyButton, escapeHtml, inline, list } from './html.ts';

/**
 * A table that fits every screen: the main columns, and the rest of a row below it when it is asked for. On a narrow screen each
 * row becomes a card. Rows whose data cannot be had take one line together.
 */
export function tableHtml(table: Table): string {
  const { id, columns, rows, notes, title } = table;
  const main = table.main ?? columns.filter((name) => name !== 'command');
  const folded = groupBy(
    rows.filter(({ unavailable }) => unavailable !== undefined),
    ({ unavailable }) => unavailable!,
  );
  const shown = rows.filter(({ unavailable }) => unavailable === undefined);
  const body = shown.map((row, index) => rowHtml(table, row, main, `${id}-row-${index + 1}`));
  const folds = [...folded].map(([data, some]) => foldHtml(table, data, some, main.length + 1));
  return [
    `<table class="cards${table.sortable ? ' sortable' : ''}" aria-label="${escapeHtml(title)}">`,
    `<thead><tr>${main.map((name) => headHtml(table, name)).join('')}<th><span class="unseen">more</span></th></tr></thead>`,
    ...body,
    ...folds,
    '</table>',
    list(notes, 'notes'),
  ].join('\n');
}

function headHtml({ sortable }: Table, name: string): string {
  if (!sortable?.[name]) return `<th scope="col">${escapeHtml(name)}</th>`;
  return `<th scope="col" aria-sort="none"><button type="button" class="sort">${escapeHtml(name)}</button></th>`;
}

function rowHtml(table: Table, row: TableRow, main: readonly string[], id: string): string {
  const { columns, sortable } = table;
  const cellOf = (name: string) => row.cells[columns.indexOf(name)] ?? '';
  const cells = main.map((name, index) => {
    const key = sortable?.[name];
    const order = key === undefined ? '' : ` data-order="${escapeHtml(String(row.record[key] ?? ''))}"`;
    const empty = cellOf(name) === '' && index > 1;
    const text = empty ? '<span class="none">not run</span>' : inline(cellOf(name));
    return `<td data-label="${escapeHtml(name)}"${order}>${text}</td>`;
  });
  const details = columns.flatMap((name, index) => {
    const text = row.cells[index]!;
    if (text === '' || text === '–' || main.includes(name)) return [];
    return [
      `<div><dt>${escapeHtml(name)}</dt><dd>${name === 'command' ? commandHtml(text) : inline(text)}</dd></div>`,
    ];
  });
  const only = details.length === 1 && columns.at(-1) === 'command' && table.main === undefined;
  const command = cellOf('command').replaceAll('`', '');
  if (details.length === 0 || only) {
    const button = only ? copyButton(command, 'copy command') : '';
    return `<tbody><tr>${cells.join('')}<td class="more">${button}</td></tr></tbody>`;
  }
  const what = main.slice(0, 2).map(cellOf).join(', ');
  return `<tbody><tr>${cells.join('')}<td class="more"><button type="button" class="toggle" aria-expanded="false" aria-controls="${id}" aria-label="details of ${escapeHtml(what)}">details</button></td></tr>
<tr class="detail" id="${id}"><td colspan="${main.length + 1}"><dl>${details.join('')}</dl></td></tr></tbody>`;
}

function foldHtml({ columns }: Table, data: string, rows: readonly TableRow[], width: number): string {
  const items = rows.map(({ cells }) => {
    const command = cells[columns.indexOf('command')] ?? '';
    return `<li>${escapeHtml(cells.slice(0, columns.indexOf('data')).join(' layers, '))} ${commandHtml(command)}</li>`;
  });
  return `<tbody class="fold"><tr><td colspan="${width}"><details><summary>${rows.length} rows on ${escapeHtml(data)}: its data is not freely available. With it, these commands fill them.</summary><ul>${items.join('')}</ul></details></td></tr></tbody>`;
}
