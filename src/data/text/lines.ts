import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, readSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ExitCode, UserError } from '../../support/errors.ts';
import { openRegular } from '../../support/regular-file.ts';

const CHUNK = 1 << 20;
/**
 * Longer than any sentence. A file without line breaks is not text in sentences, and would have to fit into memory.
 */
const LONGEST_LINE = 1 << 26;

/** Counts and hashes the bytes of a file as they pass. */
export class ByteMeter {
  readonly #hash: Hash = createHash('sha256');
  bytes = 0;

  constructor(readonly onBytes: (count: number) => void) {}

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    this.onBytes(chunk.length);
  }

  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}

/**
 * Text compresses to about a third, never to a hundredth. A file that unpacks to so many times its size, and to more
 * than this, is a bomb.
 */
const BOMB_RATIO = 100;
const BOMB_BYTES = 2 ** 26;

/**
 * The bytes of a file, unpacked if it is gzipped (told by its first two bytes); `meter` sees them as they are on disk.
 * Throws UserError: 66 when it cannot be opened, 65 for a gzip file that is broken or a bomb, or no regular file.
 */
export async function* readBytes(path: string, meter: ByteMeter): AsyncGenerator<Uint8Array> {
  const packed = isGzip(path);
  const file = metered(path, meter);
  if (!packed) return yield* file;
  const unpacked = createGunzip({ chunkSize: CHUNK });
  pipeline(file, unpacked, () => {}); // an error of the file's arrives here too
  let bytes = 0;
  try {
    for await (const chunk of unpacked) {
      bytes += chunk.length;
      if (bytes > BOMB_BYTES && bytes > BOMB_RATIO * meter.bytes) {
        const found = `found one that unpacks to more than ${BOMB_RATIO} times its size`;
        throw new UserError(ExitCode.badData, `${path}: expected gzipped text, ${found}`);
      }
      yield chunk;
    }
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
    throw new UserError(
      ExitCode.badData,
      `${path}: expected a complete gzip file, found a broken one (${(error as Error).message})`,
      { cause: error },
    );
  }
}

async function* metered(path: string, meter: ByteMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream('', { fd: openRegular(path), highWaterMark: CHUNK })) {
    meter.add(chunk);
    yield chunk;
  }
}

function isGzip(path: string): boolean {
  const start = Buffer.alloc(2);
  try {
    const descriptor = openRegular(path);
    try {
      readSync(descriptor, start, 0, 2, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(ExitCode.missingInput, `${path}: cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
  return start[0] === 0x1f && start[1] === 0x8b;
}

/**
 * Lines of UTF-8 text, in batches of about a megabyte. Throws UserError (65) naming the first line that is not UTF-8, or
 * that is too long to be a sentence.
 */
export async function* readLines(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest: Uint8Array = new Uint8Array();
  let before = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length > LONGEST_LINE) {
        throw new UserError(
          ExitCode.badData,
          `${path}:${before + 1}: a line of more than ${LONGEST_LINE} bytes`,
        );
      }
      continue;
    }
    const lines = decode(path, before, Buffer.concat([rest, chunk.subarray(0, end - 1)]));
    rest = chunk.subarray(end);
    before += lines.length;
    yield lines;
  }
  if (rest.length > 0) yield decode(path, before, rest);
}

function decode(path: string, before: number, bytes: Uint8Array): string[] {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: before > 0 }).decode(bytes).split('\n');
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(ExitCode.badData, `${path}:${before + firstBadLine(bytes)}: not UTF-8 text`, {
      cause: error,
    });
  }
}

/** Number, from 1, of the first line that does not decode. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end < 0 ? bytes.length : end;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop + 1;
  }
  return line;
}
