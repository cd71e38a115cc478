import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFully } from '../support/atomic-file.ts';
import type { CsvRow } from '../support/csv.ts';
import { scalarsRecord, startRecord, versionRecord } from './event-records.ts';

const NAME = /^events\.out\.tfevents\.(\d+)\.irnn-run$/;

/**
 * The rows of metrics.csv as a TensorBoard event file in the run directory. Each session writes the whole history
 * into a file with the next number and deletes the one before. So there is no point twice, whatever became of the
 * last session, and a TensorBoard that has been watching moves on to the new file, whose session start makes it
 * forget the old points.
 */
export class EventFile {
  readonly #descriptor: number;

  private constructor(path: string) {
    this.#descriptor = openSync(path, 'wx');
  }

  /** `history`: the rows so far; `times`: seconds since 1970 of each step. */
  static begin(directory: string, history: readonly CsvRow[], times: ReadonlyMap<number, number>): EventFile {
    const old = eventFiles(directory);
    const number = Math.max(0, ...old.map((name) => Number(NAME.exec(name)![1]))) + 1;
    const file = new EventFile(
      join(directory, `events.out.tfevents.${String(number).padStart(10, '0')}.irnn-run`),
    );
    const now = Math.round(Date.now() / 1000);
    const first = times.get(history[0]?.step ?? 0) ?? now;
    const records = history.map((row) => rowRecord(row, times.get(row.step ?? 0) ?? first));
    writeFully(file.#descriptor, Buffer.concat([versionRecord(first), startRecord(first, 0), ...records]));
    for (const name of old) rmSync(join(directory, name));
    return file;
  }

  append(row: CsvRow, time: number): void {
    writeFully(this.#descriptor, rowRecord(row, time));
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Names of the event files in a run directory that this program wrote. */
export function eventFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => NAME.test(name));
}

function rowRecord(row: CsvRow, time: number): Uint8Array {
  const scalars = Object.entries(row).flatMap(([column, value]) =>
    column === 'step' || value === null ? [] : [{ tag: tagOf(column), value }],
  );
  return scalarsRecord(time, row.step ?? 0, scalars);
}

/** TensorBoard groups charts by what stands before the slash. */
function tagOf(column: string): string {
  const [, split, metric] = /^(train|valid|test)_(.*)$/.exec(column) ?? [];
  return split === undefined ? `training/${column}` : `${split}/${metric}`;
}
