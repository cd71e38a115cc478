import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ExitCode, UserError } from './errors.ts';

/** Who holds a directory. A pid alone is not enough: pids are reused and mean nothing on another host. */
interface Holder {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** Kernel start time of the process (clock ticks since boot), or empty where there is no /proc. */
  readonly processStart: string;
  readonly nonce: string;
}

const LOCK_NAME = '.lock';

/**
 * Exclusive ownership of a directory that one process at a time may write. A lock left by a dead process of this host is taken over at once;
 * a live holder, also one that is stopped or busy, never loses its lock; a holder on another host cannot be
 * checked, so its lock stands until someone removes the file.
 */
export class DirectoryLock {
  private constructor(
    readonly path: string,
    readonly nonce: string,
  ) {}

  /** Throws UserError (75) while another process holds the directory. */
  static acquire(directory: string): DirectoryLock {
    const path = join(directory, LOCK_NAME);
    const self = describeSelf();
    for (;;) {
      if (createExclusively(path, self)) return new DirectoryLock(path, self.nonce);
      const holder = readHolder(path);
      if (holder === null) continue; // released between the two calls
      if (holder.host !== self.host || isAlive(holder)) throw lockedError(directory, holder, self);
      evict(path, holder);
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
    if (readHolder(this.path)?.nonce === this.nonce) rmSync(this.path, { force: true });
  }
}

/** Whether a process of this host, or any process of another host, holds the directory. */
export function isLocked(directory: string): boolean {
  const holder = readHolder(join(directory, LOCK_NAME));
  return holder !== null && (holder.host !== hostname() || isAlive(holder));
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
      : `; if that process is gone, delete ${join(directory, LOCK_NAME)} and run again`;
  return new UserError(ExitCode.tryAgain, `${directory}: in use by ${where}${advice}`);
}
