import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { ExitCode, UserError } from './errors.ts';

/**
 * Opens a file for reading. Throws UserError (65) for a pipe, a device or a socket, which might keep the program waiting
 * for ever, and for a folder; the system's error if it is not there.
 */
export function openRegular(path: string): number {
  // Without waiting for somebody to write into a pipe.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new UserError(ExitCode.badData, `${path}: expected a regular file`);
}

/** The whole of a file, under the same conditions. */
export function readRegular(path: string): Buffer<ArrayBuffer> {
  const descriptor = openRegular(path);
  try {
    return readFileSync(descriptor) as Buffer<ArrayBuffer>;
  } finally {
    closeSync(descriptor);
  }
}
