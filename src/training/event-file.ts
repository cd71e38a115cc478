import { closeSync, openSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { writeFully } from '../support/atomic-file.ts';
import type { CsvRow } from '../support/csv.ts';
import { recordsIn, scalarsRecord, startRecord, versionRecord } from './event-records.ts';

const NAME = /^events\.out\.tfevents\.(\d+)\.irnn-run$/;

/**
 * The rows of metrics.csv as TensorBoard event files in the run directory, one a session. A session cuts off what
 * earlier files have beyond the checkpoint it continues from, so that no point is there twice. It never changes or
 * deletes what is left, because a TensorBoard that is watching reads on from where it was; the new file's session
 * start makes it forget the points that were cut off.
 */
export class EventFile {
  readonly #descriptor: number;

  private constructor(path: string) {
    this.#descriptor = openSync(path, 'wx');
  }

  /** `history`: the rows so far; `times`: seconds since 1970 of each step. Rows that no file has yet are added. */
  static begin(directory: string, history: readonly CsvRow[], times: ReadonlyMap<number, number>): EventFile {
    const old = eventFiles(directory);
    const lastStep = history.at(-1)?.step ?? -1;
    const written = Math.max(-1, ...old.map((name) => cutAfter(join(directory, name), lastStep)));
    const number = Math.max(0, ...old.map((name) => Number(NAME.exec(name)![1]))) + 1;
    const name = `events.out.tfevents.${String(number).padStart(10, '0')}.irnn-run`;
    const file = new EventFile(join(directory, name));
    const now = Math.round(Date.now() / 1000);
    const missing = history.filter((row) => row.step! > written);
    writeFully(
      file.#descriptor,
      Buffer.concat([
        versionRecord(now),
        startRecord(now, written + 1),
        ...missing.map((row) => rowRecord(row, times.get(row.step!) ?? now)),
      ]),
    );
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

/** Cuts off events later than a step, and a record that a kill left incomplete. Returns the last step left, or -1. */
function cutAfter(path: string, lastStep: number): number {
  let [end, written] = [0, -1];
  for (const record of recordsIn(readFileSync(path))) {
    if (record.step > lastStep) break;
    end = record.end;
    if (record.holdsScalars) written = record.step;
  }
  truncateSync(path, end);
  return written;
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
