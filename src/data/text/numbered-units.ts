import { join } from 'node:path';
import { z } from 'zod';
import { removeIfThere, replaceFile } from '../../support/atomic-file.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { sha256Of } from '../../support/file-bytes.ts';
import { readJsonFile, sealed, sealShape } from '../../support/json-file.ts';
import { readRegular } from '../../support/regular-file.ts';
import type { FileHash, TextFile, TextSource } from './source.ts';
import type { TextSettings, TextSplit } from './text-settings.ts';
import { TokenBuffer, WordNumbers } from './word-numbers.ts';

/** A piece of a text file whose words have been numbered and put away; its record is written last. */
export interface Unit {
  readonly index: number;
  readonly split: TextSplit;
  /** File of the source, and which piece of it this is (0, 1, ...). */
  readonly path: string;
  readonly piece: number;
  /** Lines of the file up to the end of this piece. */
  readonly lines: number;
  readonly numbers: number;
  /** Of the word numbers. */
  readonly sha256: string;
  /** Whether the file ends here, and then its hash, if it has one of its own. */
  readonly last: boolean;
  readonly hash: FileHash | null;
}

/** The words of a unit that no unit before it has, in the order of their numbers. */
interface UnitRecord {
  readonly unit: Unit;
  readonly words: readonly string[];
}
const recordShape = z.strictObject({
  unit: z.looseObject({ index: z.int(), path: z.string(), numbers: z.int(), sha256: z.string() }),
  words: z.array(z.string()),
  sha256: sealShape,
});

/**
 * The first pass over text: its words as numbers, in pieces of a few million. Every piece, with the words that are new in
 * it, is committed by itself, so that a process that was killed goes on after the last one.
 */
export class NumberedUnits {
  readonly units: Unit[] = [];
  readonly #numbers: WordNumbers;

  /** Takes up what is in the folder. `unitSize` is the least words of a piece that is not the last of its file. */
  constructor(
    readonly folder: string,
    settings: TextSettings,
    readonly unitSize: number,
  ) {
    this.#numbers = new WordNumbers(settings);
    for (;;) {
      const record = readJsonFile<UnitRecord>(this.#path(this.units.length, 'json'), recordShape);
      if (record === null) break;
      for (const word of record.words) this.#numbers.add(word);
      this.units.push(record.unit);
    }
  }

  get words(): readonly string[] {
    return this.#numbers.words;
  }

  /** Reads what is left to read. Throws UserError (65) for a file without words, and as TextFile.lines does. */
  async readAll(source: TextSource, onBytes: (count: number) => void): Promise<void> {
    for await (const file of source.files(onBytes)) {
      const committed = this.units.filter(({ path }) => path === file.path);
      if (committed.at(-1)?.last) continue;
      await this.#readFile(file, source, committed.at(-1));
    }
  }

  /** The units of a split in the order of the source's files, without empty ones. */
  inOrder(split: TextSplit): Unit[] {
    return this.units
      .filter((unit) => unit.split === split && unit.numbers > 0)
      .sort((a, b) => (a.path === b.path ? a.piece - b.piece : a.path < b.path ? -1 : 1));
  }

  /** The word numbers of a unit. Throws UserError (65) if they are damaged. */
  load({ index, numbers, sha256 }: Unit): Int32Array {
    const path = this.#path(index, 'numbers');
    const bytes = new Uint8Array(readRegular(path));
    if (sha256Of([bytes]) !== sha256) {
      throw new UserError(ExitCode.badData, `${path}: damaged; start over with --fresh`);
    }
    return new Int32Array(bytes.buffer, 0, numbers);
  }

  /** Deletes the word numbers of a unit. */
  discard({ index }: Unit): void {
    removeIfThere(this.#path(index, 'numbers'));
  }

  async #readFile(file: TextFile, source: TextSource, before: Unit | undefined): Promise<void> {
    const buffer = new TokenBuffer();
    let firstNew = this.words.length;
    let piece = before === undefined ? 0 : before.piece + 1;
    let line = 0;
    const commit = (last: boolean) => {
      const numbers = buffer.take();
      const hash = last ? (source.hashes().find(({ path }) => path === file.path) ?? null) : null;
      const { split, path } = file;
      const facts = { index: this.units.length, split, path, piece, lines: line, numbers: numbers.length };
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      this.#commit({ ...facts, sha256: sha256Of([bytes]), last, hash }, bytes, this.words.slice(firstNew));
      firstNew = this.words.length;
      piece += 1;
    };
    for await (const lines of file.lines()) {
      for (const text of lines) {
        line += 1;
        if (line <= (before?.lines ?? 0)) continue;
        this.#numbers.append(text, buffer, () => `${file.path}:${line}`);
        if (buffer.length >= this.unitSize) commit(false);
      }
    }
    if (piece === 0 && buffer.length === 0) {
      throw new UserError(ExitCode.badData, `${file.path}: no words in it`);
    }
    commit(true);
  }

  #commit(unit: Unit, bytes: Uint8Array, words: readonly string[]): void {
    replaceFile(this.#path(unit.index, 'numbers'), bytes);
    const record: UnitRecord = { unit, words };
    replaceFile(this.#path(unit.index, 'json'), JSON.stringify(sealed(record)));
    this.units.push(unit);
  }

  #path(index: number, extension: string): string {
    return join(this.folder, `unit-${index}.${extension}`);
  }
}
