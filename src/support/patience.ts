/** Holds the thread for so many milliseconds: for code that may not let anything else run in between. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** What Windows says of a file that somebody has open. */
const HELD: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];
const FIRST_MS = 10;
/** The last wait; 2.5 seconds in all. */
const LAST_MS = 1280;

/**
 * Does something to a file's name. Windows refuses to rename, replace or delete what another program has open for a moment, as
 * virus scanners and readers of reports do: there it is tried again for a while. Throws what the last attempt threw.
 */
export function patiently(action: () => void): void {
  for (let ms = FIRST_MS; ; ms *= 2) {
    try {
      action();
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (process.platform !== 'win32' || ms > LAST_MS || !HELD.includes(code)) throw error;
      sleep(ms);
    }
  }
}
