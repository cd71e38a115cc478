import { terminalColumns } from 'terminal-columns';
import { printable } from '../../support/printable.ts';

/** A number, perhaps with a percent sign, or an empty cell. */
const NUMBER = /^(-?[\d.]+(e[+-]?\d+)?( %)?)?$/;
const GAP = 2;
/** What a column of sentences should have at least, so that it pays to leave names whole. */
const LEAST = 20;

/**
 * Rows as aligned text columns under a header, if they have one; columns of numbers to the right, text to the left. On a terminal that is
 * too narrow text wraps within its column, and columns for which there is no room at all follow below; elsewhere a row is a line.
 */
export function formatTable(
  header: readonly string[] | null,
  rows: readonly (readonly (string | number)[])[],
  stream: { readonly columns?: number } = process.stdout,
): string {
  const text = rows.map((row) => row.map((cell) => printable(String(cell)).replaceAll('\n', ' ')));
  const table = header === null ? text : [[...header], ...text];
  const columns = (table[0] ?? []).map((_, column) => ({
    width: table.reduce((widest, row) => Math.max(widest, row[column]!.length), 0),
    isNumeric: rows.length > 0 && text.every((row) => NUMBER.test(row[column]!)),
    isWords: text.some((row) => row[column]!.includes(' ')),
  }));
  const room = stream.columns ?? Infinity;
  const fits = columns.reduce((sum, { width }) => sum + width + GAP, -GAP) <= room;
  const lines = fits ? table.map((row) => alignRow(row, columns)) : wrapRows(table, columns, room);
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

interface Column {
  readonly width: number;
  readonly isNumeric: boolean;
  readonly isWords: boolean;
}

function alignRow(row: readonly string[], columns: readonly Column[]): string {
  return columns
    .map(({ width, isNumeric }, at) => (isNumeric ? row[at]!.padStart(width) : row[at]!.padEnd(width)))
    .join(' '.repeat(GAP));
}

function wrapRows(table: readonly string[][], columns: readonly Column[], room: number): string[] {
  const needed = columns.reduce((sum, { width, isWords }) => sum + (isWords ? LEAST : width) + GAP, -GAP);
  const layout = columns.map(({ isNumeric, isWords }, at) => ({
    // A name that is broken in two cannot be copied.
    width: isNumeric || (!isWords && needed <= room) ? ('content-width' as const) : ('auto' as const),
    align: isNumeric ? ('right' as const) : ('left' as const),
    paddingRight: at === columns.length - 1 ? 0 : GAP,
  }));
  return terminalColumns([...table], { columns: layout, stdoutColumns: room }).split('\n');
}
