import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pieces } from './file-bytes.ts';
import { patiently } from './patience.ts';

/** Marks files that were being written; whoever owns the directory may delete them. */
const TEMPORARY_SUFFIX = '.tmp';

/** Writes every byte: writeSync may write fewer than asked, without an error, when a disk fills up. */
export function writeFully(descriptor: number, data: Uint8Array): void {
  for (const piece of pieces(data)) {
    for (let written = 0; written < piece.length; ) {
      written += writeSync(descriptor, piece, written, piece.length - written);
    }
  }
}

/** Makes a directory, and those above it that are missing, so that a power loss does not take it away. */
export function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true });
  const top = first === undefined ? directory : resolve(first);
  for (let path = resolve(directory); path.startsWith(resolve(top)); path = dirname(path)) {
    trySyncDirectory(dirname(path));
    if (path === dirname(path)) break;
  }
}

/** A folder above ours may be one that may not be read; what is in it is then out of our hands. */
function trySyncDirectory(directory: string): void {
  try {
    syncDirectory(directory);
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Makes renames and new names in a directory survive a power loss; on Windows, which cannot be asked to, they are left to its journal. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces a file so that any reader, at any moment, even after a crash, sees the old content or the new
 * content in full. A list of arrays is written one after the other. On an error (a full disk, say) the old
 * content stays and the error is thrown.
 */
export function replaceFile(path: string, content: Uint8Array | string | readonly Uint8Array[]): void {
  const temporary = `${path}.${randomBytes(4).toString('hex')}${TEMPORARY_SUFFIX}`;
  try {
    writeNewFile(temporary, content);
    patiently(() => renameSync(temporary, path));
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Deletes a file, and has it gone after a power loss too. */
export function removeFile(path: string): void {
  removeIfThere(path);
  syncDirectory(dirname(path));
}

/** Deletes a file; one that is not there is gone already. */
export function removeIfThere(path: string): void {
  patiently(() => rmSync(path, { force: true }));
}

/** Writes a file that is not there yet, and has it on the disk; its name is not, before the directory is synced. */
export function writeNewFile(path: string, content: Uint8Array | string | readonly Uint8Array[]): void {
  const descriptor = openSync(path, 'wx');
  try {
    for (const part of partsOf(content)) writeFully(descriptor, part);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function partsOf(content: Uint8Array | string | readonly Uint8Array[]): readonly Uint8Array[] {
  if (typeof content === 'string') return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** Deletes what a killed process left half-written in a directory that the caller owns. */
export function removeTemporaries(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) removeIfThere(join(directory, name));
  }
}
