import { readSync } from 'node:fs';
import { sleep } from './patience.ts';

/** Stands for standard input where a path is expected, whose folder is the current one; the command line writes it `-`. */
export const STDIN = '<stdin>';

const POLL_MS = 10;

/** Reads into the buffer from `at` on; returns the bytes read, 0 at the end. Waits where a pipe that never blocks has nothing yet. */
export function readSome(descriptor: number, buffer: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, at, buffer.length - at, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0; // how Windows ends a pipe
      if (code !== 'EAGAIN') throw error;
      sleep(POLL_MS);
    }
  }
}
