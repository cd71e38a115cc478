import type { Table } from '../tables/table.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Text whose backticks mark code. */
export function inline(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? escapeHtml(part) : `<code>${escapeHtml(part)}</code>`))
    .join('');
}

/** Columns whose text may wrap. */
const WIDE = /^(settings|hardware|model)/;

export function tableHtml({ columns, rows, notes }: Table): string {
  const cells = (row: readonly string[]) =>
    row
      .map((cell, index) => {
        const name = columns[index]!;
        if (name === 'command') return `<td class="command">${inline(cell)}</td>`;
        if (cell === '' && index > 1) {
          const command = (row[columns.indexOf('command')] ?? '').replaceAll('`', '');
          return `<td class="empty" title="${escapeHtml(`no run yet: ${command}`)}"></td>`;
        }
        return `<td${WIDE.test(name) ? ' class="wide"' : ''}>${inline(cell)}</td>`;
      })
      .join('');
  return [
    '<div class="scroll" tabindex="0"><table>',
    `<thead><tr>${columns.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${cells(row.cells)}</tr>`).join('\n')}</tbody>`,
    '</table></div>',
    notes.length === 0
      ? ''
      : `<ul class="notes">${notes.map((note) => `<li>${inline(note)}</li>`).join('')}</ul>`,
  ].join('\n');
}
