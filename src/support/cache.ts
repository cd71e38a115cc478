import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { replaceFile } from './atomic-file.ts';

/**
 * Data that takes long to make, kept from run to run. A file's name says what it was made from, so nothing is ever out
 * of date; a digest at its beginning says that it is whole. Everything in the folder can be deleted at any time.
 */

const DIGEST_BYTES = 32;

/** `$IRNN_RUN_CACHE`, or `results/cache`, beside the runs. */
export function cacheFolder(): string {
  return resolve(process.env.IRNN_RUN_CACHE || join('results', 'cache'));
}

/** A cached file's content; null when there is none; 'damaged' when it is not what was written. */
export function readCache(name: string): Uint8Array | null | 'damaged' {
  const path = join(cacheFolder(), name);
  if (!existsSync(path)) return null;
  const file = readFileSync(path);
  const content = file.subarray(DIGEST_BYTES);
  return digest(content).equals(file.subarray(0, DIGEST_BYTES)) ? content : 'damaged';
}

/** Keeps a file's content. Processes that make the same at once write the same, and a reader sees a whole file or none. */
export function writeCache(name: string, content: Uint8Array): void {
  mkdirSync(cacheFolder(), { recursive: true });
  replaceFile(join(cacheFolder(), name), Buffer.concat([digest(content), content]));
}

function digest(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
