import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { z } from 'zod';
import { removeIfThere, replaceFile, writeFully } from './atomic-file.ts';
import { ExitCode, UserError } from './errors.ts';
import { readRegular } from './regular-file.ts';

export type CsvValue = number | null;

/** Where a CSV file stood at some moment: enough to prove later that this part of it is unchanged. */
export interface CsvMark {
  readonly bytes: number;
  readonly sha256: string;
}

/** The same as it stands in files of JSON. */
export const markShape = z.strictObject({ bytes: z.int().min(0), sha256: z.string().length(64) });

/** Whether these bytes are what stood there at the mark. */
export function isAt(mark: CsvMark, bytes: Uint8Array): boolean {
  return bytes.length === mark.bytes && sha256(bytes) === mark.sha256;
}

/**
 * An append-only CSV of numbers that can be cut back to an earlier mark. Rows are complete or absent. Opening it makes
 * a new file under the old name, so that a process that was superseded, and does not know it yet, appends to the old one.
 */
export class CsvFile {
  readonly #descriptor: number;
  #bytes = 0;
  readonly #hash = createHash('sha256');

  private constructor(
    path: string,
    readonly columns: readonly string[],
  ) {
    this.#descriptor = openSync(path, 'a');
  }

  /** Starts the file anew, with its header line. */
  static create(path: string, columns: readonly string[]): CsvFile {
    removeIfThere(path);
    const file = new CsvFile(path, columns);
    file.#write(Buffer.from(`${columns.join(',')}\n`));
    return file;
  }

  /** Puts a file with these rows in the place of the one that is there, in one step. */
  static replace(path: string, columns: readonly string[], rows: readonly CsvRow[]): CsvFile {
    const content = Buffer.from(
      [columns.join(','), ...rows.map((row) => formatRow(columns, row))].map((line) => `${line}\n`).join(''),
    );
    replaceFile(path, content);
    const file = new CsvFile(path, columns);
    file.#count(content);
    return file;
  }

  /**
   * Reopens the file and cuts off what came after the mark; returns null if the file is missing, shorter
   * than the mark, or differs from what it was then. Throws UserError (65) if it has other columns: its rows would not
   * stand under their names.
   */
  static resume(path: string, columns: readonly string[], mark: CsvMark): CsvFile | null {
    if (!existsSync(path)) return null;
    const content = readRegular(path).subarray(0, mark.bytes);
    if (content.length < mark.bytes || sha256(content) !== mark.sha256) return null;
    const header = content.subarray(0, Math.max(0, content.indexOf('\n'))).toString();
    if (header !== columns.join(',')) {
      throw new UserError(
        ExitCode.badData,
        `${path}: has the columns ${header}, but this program writes ${columns.join(',')}; ` +
          'continue the run with the release that began it, or start over with --fresh',
      );
    }
    replaceFile(path, content);
    const file = new CsvFile(path, columns);
    file.#count(content);
    return file;
  }

  append(row: Readonly<Record<string, CsvValue>>): void {
    this.#write(Buffer.from(`${formatRow(this.columns, row)}\n`));
  }

  /** Forces the rows onto the disk and says where they end. */
  mark(): CsvMark {
    fsyncSync(this.#descriptor);
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(data: Uint8Array): void {
    writeFully(this.#descriptor, data);
    this.#count(data);
  }

  #count(data: Uint8Array): void {
    this.#hash.update(data);
    this.#bytes += data.length;
  }
}

function formatRow(columns: readonly string[], row: CsvRow): string {
  return columns.map((column) => formatCell(row[column])).join(',');
}

/** Numbers are written in their shortest form that reads back exactly; null is an empty cell. */
function formatCell(value: CsvValue | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

export type CsvRow = Readonly<Record<string, CsvValue>>;

/** Reads what CsvFile wrote; an incomplete last line (a crash) is left out. */
export function readCsv(path: string): { columns: string[]; rows: CsvRow[] } {
  return parseCsv(readRegular(path).toString());
}

/** The same for a file's text. */
export function parseCsv(text: string): { columns: string[]; rows: CsvRow[] } {
  const lines = text.split('\n').slice(0, -1);
  const columns = lines[0]?.split(',') ?? [];
  const rows = lines.slice(1).map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(
      columns.map((column, index) => [column, cells[index] ? Number(cells[index]) : null]),
    );
  });
  return { columns, rows };
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^-?Infinity$/i;

/**
 * A cell of a CSV file for people. RFC 4180: text with a comma, a quote or a line break is quoted. Text that a spreadsheet
 * would take for a formula gets an apostrophe in front.
 */
export function csvCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
