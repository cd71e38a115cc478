import { terminalColumns } from 'terminal-columns';
import { printable } from '../../support/printable.ts';

/** A number, perhaps with a percent sign, or an empty cell. */
const NUMBER = /^(-?[\d.]+(e[+-]?\d+)?( %)?)?$/;
const GAP = 2;

/**
 * Rows as aligned text columns under a header, if they have one; columns of numbers to the right, text to the left. On a terminal that is too narrow
 * text wraps within its column, and columns for which there is no room at all follow below; elsewhere a row is a line.
 */
export function formatTable(
  header: readonly string[] | null,
  rows: readonly (readonly (string | number)[])[],
  stream: { readonly columns?: number } = process.stdout,
): string {
  const text = rows.map((row) => row.map((cell) => printable(String(cell)).replaceAll('\n', ' ')));
  const lines = header === null ? text : [[...header], ...text];
  const room = stream.columns ?? Infinity;
  const widths = (lines[0] ?? []).map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, line[column]!.length), 0),
  );
  const wraps = widths.reduce((sum, width) => sum + width + GAP, -GAP) > room;
  const columns = widths.map((_, column) => {
    const isNumeric = rows.length > 0 && text.every((row) => NUMBER.test(row[column]!));
    return {
      width: wraps && !isNumeric ? ('auto' as const) : ('content-width' as const),
      align: isNumeric ? ('right' as const) : ('left' as const),
      paddingRight: column === widths.length - 1 ? 0 : GAP,
    };
  });
  return terminalColumns(lines, { columns, stdoutColumns: room })
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
