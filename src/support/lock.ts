import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { removeIfThere, syncDirectory, writeNewFile } from './atomic-file.ts';
import { ExitCode, UserError } from './errors.ts';
import { bootTime, describeSelf, type Holder, type Life, lifeOf, parseHolder } from './lock-holder.ts';
import { patiently } from './patience.ts';

const LOCK_NAME = '.lock';
const BEAT_NAME = /^\.lock\.[\w-]+\.beat$/;
/** How often a holder shows others that it lives. */
const BEAT_MS = 30_000;
/** A holder that cannot be looked at and has been silent for so long has lost its lock. */
const SILENCE_MS = 600_000;
/** A process gives up on a lock that changes hands this often while it asks. */
const ATTEMPTS = 100;
/** What a hard link is answered with where there are none, as on exFAT: by Linux, by Windows. */
const NO_LINKS: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'];

/**
 * Exclusive ownership of a directory that one process at a time may write. A lock left by a dead process of this host
 * is taken over at once; a live holder on this host, also one that is stopped or busy, never loses its lock. A holder on
 * another host or in another container cannot be looked at, and where there is no /proc a live process may be another one with
 * the holder's old number: a holder rewrites a file of its own every half minute, and then loses its lock after ten minutes of
 * silence. The lock is on the disk before it counts: a power cut leaves all of it or nothing.
 */
export class DirectoryLock {
  readonly #beats: NodeJS.Timeout;

  private constructor(
    readonly path: string,
    readonly nonce: string,
  ) {
    const beat = beatPath(path, nonce);
    writeFileSync(beat, '');
    this.#beats = setInterval(() => {
      try {
        writeFileSync(beat, '');
      } catch {
        // A disk that refuses this refuses the next checkpoint too, and the run says so.
      }
    }, BEAT_MS).unref();
  }

  /** Throws UserError: 75 while another process holds the directory, 73 if its lock is no file. */
  static acquire(directory: string): DirectoryLock {
    const path = join(directory, LOCK_NAME);
    const self = describeSelf();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (createExclusively(path, self)) return DirectoryLock.#take(path, self.nonce);
      const found = readLock(path);
      if (found === null) continue; // released between the two calls
      if (isHeld(path, found, () => fileClock(path, self.nonce))) throw lockedError(directory, found.holder);
      evict(path, found);
    }
    throw new UserError(ExitCode.tryAgain, `${directory}: in use by processes that come and go`);
  }

  static #take(path: string, nonce: string): DirectoryLock {
    try {
      removeBeats(dirname(path));
      return new DirectoryLock(path, nonce);
    } catch (error) {
      removeIfThere(path);
      throw error;
    }
  }

  /** Throws UserError (75) if the lock is no longer ours: then nothing may be written any more. */
  assertHeld(): void {
    if (!this.#isOurs()) {
      throw new UserError(
        ExitCode.tryAgain,
        `${this.path}: taken by another process; nothing more was written here`,
      );
    }
  }

  release(): void {
    clearInterval(this.#beats);
    removeIfThere(beatPath(this.path, this.nonce));
    if (this.#isOurs()) removeIfThere(this.path);
  }

  #isOurs(): boolean {
    return readLock(this.path)?.holder?.nonce === this.nonce;
  }
}

/** Whether a process holds the directory. */
export function isLocked(directory: string): boolean {
  const path = join(directory, LOCK_NAME);
  const found = readLock(path);
  return found !== null && isHeld(path, found, Date.now);
}

/** What stands in a lock file; `holder` is null if that is no lock of ours, or damaged. */
interface FoundLock {
  readonly text: string;
  readonly holder: Holder | null;
}

/** Null if there is none. Throws UserError (73) for what is no file. */
function readLock(path: string): FoundLock | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (!stat.isFile()) throw new UserError(ExitCode.cannotCreate, `${path}: expected a file; delete it`);
  try {
    const text = readFileSync(path, 'utf8');
    return { text, holder: parseHolder(text) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the holder still counts as one. `now` is the time on the clock of the files' time stamps. */
function isHeld(path: string, { holder }: FoundLock, now: () => number): boolean {
  const life: Life = holder === null ? 'elsewhere' : lifeOf(holder);
  if (life === 'alive' || life === 'gone') return life === 'alive';
  const sign = lastSign(path, holder);
  // What was last heard of before this machine started ended with it, unless it is known to be on another one.
  const wasHere = holder === null || holder.host === hostname();
  if (sign === null || (wasHere && sign < bootTime())) return false;
  // A sign from the future is one from before the clock was set: a holder that lives soon gives another.
  return Math.abs(now() - sign) < SILENCE_MS;
}

/** When the holder, or if it is not known anybody, last showed here that it lives; null if the lock is gone. */
function lastSign(path: string, holder: Holder | null): number | null {
  const beats =
    holder === null
      ? beatsIn(dirname(path)).map((name) => join(dirname(path), name))
      : [beatPath(path, holder.nonce)];
  const times = beats.flatMap((beat) => statSync(beat, { throwIfNoEntry: false })?.mtimeMs ?? []);
  if (times.length === 0) return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
  return Math.max(...times);
}

/** The time by the clock that stamps files here: on a network file system the server's, not this host's. */
function fileClock(path: string, nonce: string): number {
  const probe = `${path}.${nonce}.tmp`;
  const descriptor = openSync(probe, 'w');
  try {
    writeFileSync(descriptor, ' ');
    return fstatSync(descriptor).mtimeMs; // not by name: the holder may sweep up temporary files
  } finally {
    closeSync(descriptor);
    removeIfThere(probe);
  }
}

/** Written by the holder with this nonce alone. */
function beatPath(path: string, nonce: string): string {
  return `${path}.${nonce}.beat`;
}

function beatsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => BEAT_NAME.test(name));
}

/** Deletes the files of dead holders; the caller holds the lock now. */
function removeBeats(directory: string): void {
  for (const name of beatsIn(directory)) removeIfThere(join(directory, name));
}

/** Makes the lock file appear with its content, unless the name exists. */
function createExclusively(path: string, self: Holder): boolean {
  const temporary = `${path}.${self.nonce}.tmp`;
  const text = JSON.stringify(self);
  removeIfThere(temporary);
  try {
    writeNewFile(temporary, text);
    link(temporary, path, text);
  } catch (error) {
    // ENOENT: the holder swept our temporary file away with those of killed processes.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    removeIfThere(temporary);
  }
  try {
    syncDirectory(dirname(path));
    return true;
  } catch (error) {
    removeIfThere(path);
    throw error;
  }
}

/** Moves a dead holder's lock out of the way, putting it back if somebody else's arrived in the meantime. */
function evict(path: string, dead: FoundLock): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    patiently(() => renameSync(path, aside));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another process was faster
    throw error;
  }
  const found = readLock(aside);
  if (found !== null && found.text !== dead.text) {
    try {
      link(aside, path, found.text);
    } catch {
      // A third process took the name; assertHeld makes the one we displaced stop.
    }
  }
  removeIfThere(aside);
}

/**
 * Gives a file a second name in one step, or fails if the name exists. Where there are no hard links, a file of the same text is
 * made and then filled: who looks in between sees a damaged lock, and takes it for held.
 */
function link(from: string, to: string, text: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code)) throw error;
    writeNewFile(to, text);
  }
}

function lockedError(directory: string, holder: Holder | null): UserError {
  const minutes = SILENCE_MS / 60_000;
  const advice = `is taken over after ${minutes} minutes of silence`;
  if (holder === null) {
    const message = `${directory}: its lock is damaged, and perhaps in use; it ${advice}`;
    return new UserError(ExitCode.tryAgain, message);
  }
  const life = lifeOf(holder);
  if (life === 'alive' || life === 'unsure') {
    const doubt = life === 'unsure' ? `; if another program has its number by now, its lock ${advice}` : '';
    return new UserError(ExitCode.tryAgain, `${directory}: in use by process ${holder.pid}${doubt}`);
  }
  const where =
    holder.host === hostname() ? 'in another container or start of this host' : `on ${holder.host}`;
  return new UserError(
    ExitCode.tryAgain,
    `${directory}: in use by process ${holder.pid} ${where}; if that is gone, its lock ${advice}`,
  );
}
