import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Cores that this process may use: by its affinity and, in a container, by its quota of time, which Node.js does not look at. */
export function grantedCores(quotaFile = '/sys/fs/cgroup/cpu.max'): number {
  return Math.min(availableParallelism(), quotaOf(quotaFile));
}

/** `200000 100000` is two cores' time, `max 100000` no limit. */
function quotaOf(path: string): number {
  try {
    const [quota, period] = readFileSync(path, 'utf8').trim().split(' ').map(Number);
    return Number.isFinite(quota! / period!)
      ? Math.max(1, Math.ceil(quota! / period!))
      : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY; // no such control group here
  }
}
