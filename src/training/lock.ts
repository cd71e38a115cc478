import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ExitCode, UserError } from '../support/errors.ts';

/** Who holds a run directory. A pid alone is not enough: pids are reused and mean nothing on another host. */
interface Holder {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** Kernel start time of the process (clock ticks since boot), or empty where there is no /proc. */
  readonly processStart: string;
  readonly nonce: string;
}

const LOCK_NAME = '.lock';
/** How often a holder shows other hosts that it lives. */
const BEAT_MS = 30_000;
/** A holder on another host that has been silent for so long has lost its lock. */
const SILENCE_MS = 600_000;

/**
 * Exclusive ownership of a run directory. A lock left by a dead process of this host is taken over at once; a live
 * holder on this host, also one that is stopped or busy, never loses its lock. A holder on another host cannot be
 * looked at: it rewrites a file of its own every half minute, and loses its lock after ten minutes of silence.
 */
export class RunLock {
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

  /** Throws UserError (75) while another process holds the directory. */
  static acquire(directory: string): RunLock {
    const path = join(directory, LOCK_NAME);
    const self = describeSelf();
    for (;;) {
      if (createExclusively(path, self)) return new RunLock(path, self.nonce);
      const holder = readHolder(path);
      if (holder === null) continue; // released between the two calls
      if (isHeld(path, holder, () => fileClock(path, self.nonce))) throw lockedError(directory, holder, self);
      evict(path, holder);
      rmSync(beatPath(path, holder.nonce), { force: true });
    }
  }

  /** Throws UserError (75) if the lock is no longer ours: then nothing may be written any more. */
  assertHeld(): void {
    if (readHolder(this.path)?.nonce !== this.nonce) {
      throw new UserError(
        ExitCode.tryAgain,
        `${this.path}: taken by another process; nothing more was written here`,
      );
    }
  }

  release(): void {
    clearInterval(this.#beats);
    rmSync(beatPath(this.path, this.nonce), { force: true });
    if (readHolder(this.path)?.nonce === this.nonce) rmSync(this.path, { force: true });
  }
}

/** Whether a process holds the directory. */
export function isLocked(directory: string): boolean {
  const path = join(directory, LOCK_NAME);
  const holder = readHolder(path);
  return holder !== null && isHeld(path, holder, Date.now);
}

/** Whether the holder still counts as one. `now` is the time on the clock of the files' time stamps. */
function isHeld(path: string, holder: Holder, now: () => number): boolean {
  if (holder.host === hostname()) return isAlive(holder);
  const beat =
    statSync(beatPath(path, holder.nonce), { throwIfNoEntry: false }) ??
    statSync(path, { throwIfNoEntry: false });
  return beat !== undefined && now() - beat.mtimeMs < SILENCE_MS;
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
    rmSync(probe, { force: true });
  }
}

/** Written by the holder with this nonce alone. */
function beatPath(path: string, nonce: string): string {
  return `${path}.${nonce}.beat`;
}

/** Makes the lock file appear with its content in one step: a hard link fails if the name exists. */
function createExclusively(path: string, self: Holder): boolean {
  const temporary = `${path}.${self.nonce}.tmp`;
  writeFileSync(temporary, JSON.stringify(self));
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    // ENOENT: the holder swept our temporary file away with those of killed processes.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Moves a dead holder's lock out of the way, putting it back if somebody else's arrived in the meantime. */
function evict(path: string, dead: Holder): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // another process was faster
    throw error;
  }
  if (readHolder(aside)?.nonce !== dead.nonce) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process took the name; assertHeld makes the one we displaced stop.
    }
  }
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(
      ExitCode.tryAgain,
      `${path}: unreadable lock; if no irnn-run uses this directory, delete it`,
    );
  }
}

function describeSelf(): Holder {
  return {
    host: hostname(),
    bootId: readSystemFile('/proc/sys/kernel/random/boot_id'),
    pid: process.pid,
    processStart: processStart(process.pid),
    nonce: randomBytes(8).toString('hex'),
  };
}

function isAlive(holder: Holder): boolean {
  if (holder.bootId !== readSystemFile('/proc/sys/kernel/random/boot_id')) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processStart(holder.pid) === holder.processStart;
}

/**
 * Field 22 of /proc/PID/stat, or empty for a zombie, which holds nothing any more. The second field may
 * hold spaces, so count from its closing parenthesis.
 */
function processStart(pid: number): string {
  const stat = readSystemFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}

function readSystemFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function lockedError(directory: string, holder: Holder, self: Holder): UserError {
  const where =
    holder.host === self.host ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;
  const advice =
    holder.host === self.host
      ? ''
      : `; if that host is down, its lock is taken over after ${SILENCE_MS / 60_000} minutes of silence`;
  return new UserError(ExitCode.tryAgain, `${directory}: in use by ${where}${advice}`);
}
