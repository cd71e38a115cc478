import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { replaceFile } from './atomic-file.ts';
import { type ByteSource, FileBytes, sha256Of } from './file-bytes.ts';

/**
 * Data that takes long to make, kept from run to run. A file's name says what it was made from, so nothing is ever out
 * of date; a digest at its beginning says that it is whole. Everything in the folder can be deleted at any time.
 */

const DIGEST_BYTES = 32;

/** `$IRNN_RUN_CACHE`, or `results/cache`, beside the runs. */
export function cacheFolder(): string {
  return resolve(process.env.IRNN_RUN_CACHE || join('results', 'cache'));
}

/** Reads a cached file's content; null when there is none; 'damaged' when it is not what was written. */
export function readCache<T>(name: string, read: (content: ByteSource) => T): T | null | 'damaged' {
  const path = join(cacheFolder(), name);
  if (!existsSync(path)) return null;
  const file = new FileBytes(path);
  try {
    if (file.length < DIGEST_BYTES) return 'damaged';
    if (file.sha256(DIGEST_BYTES) !== Buffer.from(file.read(0, DIGEST_BYTES)).toString('hex'))
      return 'damaged';
    return read({
      length: file.length - DIGEST_BYTES,
      read: (begin, end) => file.read(DIGEST_BYTES + begin, DIGEST_BYTES + end),
    });
  } finally {
    file.close();
  }
}

/** Keeps a file's content. Processes that make the same at once write the same, and a reader sees a whole file or none. */
export function writeCache(name: string, content: readonly Uint8Array[]): void {
  mkdirSync(cacheFolder(), { recursive: true });
  replaceFile(join(cacheFolder(), name), [Buffer.from(sha256Of(content), 'hex'), ...content]);
}
