import { statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ExitCode, UserError } from '../support/errors.ts';
import { readRegular } from '../support/regular-file.ts';

/** A file of unsigned bytes in the idx format: big-endian sizes, then the values, the last dimension fastest. */
export interface Idx {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
  /** The whole file after decompression: what a hash of it is taken over. */
  readonly bytes: Uint8Array;
}

const UNSIGNED_BYTE = 8;
/** Far above any data set of this kind; stops a small file from unpacking into all of memory. */
const LARGEST_BYTES = 2 ** 30;

const kinds: Readonly<Record<number, string>> = { 1: 'labels', 3: 'images' };

/**
 * Reads an idx file of unsigned bytes with `rank` dimensions (1: labels, 3: images), gzipped or not.
 * Throws UserError (65) naming the file, what was expected and what was found; (66) when it cannot be opened.
 */
export function readIdx(file: string, rank: 1 | 3): Idx {
  const bytes = decompress(file, readBytes(file));
  const expected = `expected ${kinds[rank]} (an idx file that begins with 0x${hex(magic(rank))})`;
  if (bytes.length < 4) throw bad(file, expected, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = view.getUint32(0);
  if (word !== magic(rank)) {
    const kind = word >>> 8 === UNSIGNED_BYTE ? kinds[word & 0xff] : undefined;
    throw bad(file, expected, `${kind ?? 'something else'} (0x${hex(word)})`);
  }
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw bad(file, `expected a header of ${header} bytes`, `${bytes.length} bytes`);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const length = dims.reduce((product, size) => product * size, 1) + header;
  if (bytes.length !== length) {
    const problem = bytes.length < length ? 'truncated' : 'too long';
    throw bad(
      file,
      `${problem}: expected ${length} bytes for ${dims.join(' x ')} values`,
      `${bytes.length} bytes`,
    );
  }
  return { dims, data: bytes.subarray(header), bytes };
}

function magic(rank: number): number {
  return (UNSIGNED_BYTE << 8) | rank;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

function bad(file: string, expected: string, found: string): UserError {
  return new UserError(ExitCode.badData, `${file}: ${expected}, found ${found}`);
}

function readBytes(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > LARGEST_BYTES) throw bad(file, `expected at most ${LARGEST_BYTES} bytes`, `${size}`);
    return readRegular(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(ExitCode.missingInput, `${file}: cannot be read (${reason(error)})`, {
      cause: error,
    });
  }
}

/** Unpacks gzip, told by its name or its first two bytes. */
function decompress(file: string, bytes: Uint8Array): Uint8Array {
  if (!file.endsWith('.gz') && !(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_BYTES });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    const found = tooLarge
      ? `one that unpacks to more than ${LARGEST_BYTES} bytes`
      : `a broken one (${reason(error)})`;
    throw new UserError(ExitCode.badData, `${file}: expected a complete gzip file, found ${found}`, {
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
