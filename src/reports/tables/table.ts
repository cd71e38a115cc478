import { csvCell } from '../../support/csv.ts';

/** A table as data: cells for a reader, and beside them a record for a machine. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** What a reader must know to read the numbers. */
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  /** The columns that a page shows at once, the others being a row's details; all, if there are none. */
  readonly main?: readonly string[];
  /** Columns that a reader can sort by on a page, with the record's key that has their order. */
  readonly sortable?: Readonly<Record<string, string>>;
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** One text for each column; `code` stands between backticks. Empty where there is nothing. */
  readonly cells: readonly string[];
  readonly record: Readonly<Record<string, string | number | null>>;
  /** The data that the row needs and that cannot be had; such rows take one line of a page together. */
  readonly unavailable?: string;
}

export function toMarkdown({ title, notes, columns, rows }: Table, level = 1): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => withoutTags(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [
    `${'#'.repeat(level)} ${title}`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(({ cells }) => line(cells)),
    '',
    ...notes.map((note) => `- ${withoutTags(note)}`),
    '',
  ].join('\n');
}

/** Names and labels come from files: none of them may become HTML where the Markdown is shown. */
function withoutTags(text: string): string {
  return text.replace(/<(?=[a-z/!?])/gi, '&lt;');
}

export function toCsv({ rows }: Table): string {
  const keys = [...new Set(rows.flatMap(({ record }) => Object.keys(record)))];
  return [keys, ...rows.map(({ record }) => keys.map((key) => record[key] ?? ''))]
    .map((cells) => `${cells.map((cell) => csvCell(String(cell))).join(',')}\n`)
    .join('');
}
