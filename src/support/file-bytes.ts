import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { openRegular } from './regular-file.ts';

/** Node reads, writes and hashes less than 2 GiB at a time; the weights of a large vocabulary are more. */
const PIECE_BYTES = 2 ** 30;

/** The array in views that Node's calls can take. */
export function* pieces(data: Uint8Array): Generator<Uint8Array> {
  for (let begin = 0; begin < data.length; begin += PIECE_BYTES) {
    yield data.subarray(begin, begin + PIECE_BYTES);
  }
}

/** SHA-256 of parts in a row, as hexadecimal digits. */
export function sha256Of(parts: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) for (const piece of pieces(part)) hash.update(piece);
  return hash.digest('hex');
}

/** Bytes that are read by ranges: each is an array of its own, at the start of its own buffer. */
export interface ByteSource {
  readonly length: number;
  read(begin: number, end: number): Uint8Array<ArrayBuffer>;
}

/** An open file of any size. Throws UserError (65) for what is no regular file. */
export class FileBytes implements ByteSource {
  readonly #descriptor: number;
  readonly length: number;

  constructor(path: string) {
    this.#descriptor = openRegular(path);
    this.length = fstatSync(this.#descriptor).size;
  }

  /** A copy of the bytes from `begin` to before `end`. Throws if the file ends earlier. */
  read(begin: number, end: number): Uint8Array<ArrayBuffer> {
    const data = new Uint8Array(end - begin);
    let position = begin;
    for (const piece of pieces(data)) {
      for (let filled = 0; filled < piece.length; ) {
        const count = readSync(this.#descriptor, piece, filled, piece.length - filled, position);
        if (count === 0) throw new Error(`the file ends at byte ${position}, before ${end}`);
        filled += count;
        position += count;
      }
    }
    return data;
  }

  /** Of everything from a byte on. */
  sha256(first = 0): string {
    return sha256Of(this.#parts(first, 2 ** 24));
  }

  *#parts(first: number, bytes: number): Generator<Uint8Array> {
    for (let begin = first; begin < this.length; begin += bytes) {
      yield this.read(begin, Math.min(begin + bytes, this.length));
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
