import { readSync } from 'node:fs';

/** Stands for standard input where a path is expected, whose folder is the current one; the command line writes it `-`. */
export const STDIN = '<stdin>';

const POLL_MS = 10;

/** Reads into the buffer from `at` on; returns the bytes read, 0 at the end. Waits where a pipe that never blocks has nothing yet. */
export function readSome(descriptor: number, buffer: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, at, buffer.length - at, null);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
    }
  }
}
