import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** Who holds a directory. A pid alone is not enough: pids are reused and mean nothing on another host or in another container. */
export interface Holder {
  readonly host: string;
  readonly bootId: string;
  /** Of the pid; empty where there is no /proc, and in locks of earlier releases. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Kernel start time of the process (clock ticks since boot), or empty where there is no /proc. */
  readonly processStart: string;
  readonly nonce: string;
}

export function describeSelf(): Holder {
  return {
    host: hostname(),
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    pid: process.pid,
    processStart: processStart(process.pid),
    nonce: randomBytes(8).toString('hex'),
  };
}

/** The holder that a lock file names; null if it names none. The nonce becomes part of a file's name, so that it is held to letters. */
export function parseHolder(text: string): Holder | null {
  let found: Partial<Record<keyof Holder, unknown>> | null;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  const { host, bootId, pidNamespace = '', pid, processStart, nonce } = found ?? {};
  const texts = [bootId, pidNamespace, processStart, nonce];
  if (!texts.every((value) => typeof value === 'string' && /^[\w.:[\]-]{0,255}$/.test(value))) return null;
  // A computer may have any name.
  if (typeof host !== 'string' || !/^[^\p{Cc}]{0,255}$/u.test(host)) return null;
  if (!Number.isInteger(pid) || (pid as number) < 1 || !/^[\w-]+$/.test(nonce as string)) return null;
  return { host, bootId, pidNamespace, pid, processStart, nonce } as Holder;
}

/**
 * What is known of a holder's process. `unsure`: one has its number, but without /proc nothing says that it is the same one;
 * `elsewhere`: it cannot be looked at from here.
 */
export type Life = 'alive' | 'gone' | 'unsure' | 'elsewhere';

export function lifeOf(holder: Holder): Life {
  const sameKernel = holder.bootId === bootId() && (holder.bootId !== '' || holder.host === hostname());
  if (!sameKernel) return 'elsewhere';
  if (holder.pidNamespace !== '' && holder.pidNamespace !== pidNamespace()) return 'elsewhere';
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: there is one, of another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'gone';
    return holder.processStart === '' ? 'unsure' : 'alive';
  }
  if (holder.processStart === '') return 'unsure';
  return processStart(holder.pid) === holder.processStart ? 'alive' : 'gone';
}

/** When this kernel started, in milliseconds since 1970. */
export function bootTime(): number {
  return Date.now() - 1000 * uptime();
}

function bootId(): string {
  return readSystemFile('/proc/sys/kernel/random/boot_id');
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
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
