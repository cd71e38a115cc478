import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Marks files that were being written; whoever owns the directory may delete them. */
const TEMPORARY_SUFFIX = '.tmp';

/** Writes every byte: writeSync may write fewer than asked, without an error, when a disk fills up. */
export function writeFully(descriptor: number, data: Uint8Array): void {
  for (let written = 0; written < data.length; ) {
    written += writeSync(descriptor, data, written, data.length - written);
  }
}

/** Makes renames and new names in a directory survive a power loss. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces a file so that any reader, at any moment, even after a crash, sees the old content or the new
 * content in full. On an error (a full disk, say) the old content stays and the error is thrown.
 */
export function replaceFile(path: string, content: Uint8Array | string): void {
  const data = typeof content === 'string' ? Buffer.from(content) : content;
  const temporary = `${path}.${randomBytes(4).toString('hex')}${TEMPORARY_SUFFIX}`;
  try {
    const descriptor = openSync(temporary, 'wx');
    try {
      writeFully(descriptor, data);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Deletes what a killed process left half-written in a directory that the caller owns. */
export function removeTemporaries(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) unlinkSync(join(directory, name));
  }
}
