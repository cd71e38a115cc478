import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { DirectoryLock } from '../support/lock.ts';
import { claimRunDirectory } from '../training/run-directory.ts';
import type { StopSource } from '../training/signals.ts';
import { readManifest, runConfig } from './manifest.ts';
import { cachedObserver } from './observe.ts';
import { planSweep, readyRuns } from './plan.ts';

/** A run that is ready, and ours: nobody else can take it up. */
interface ClaimedRun {
  readonly index: number;
  readonly config: Config;
  /** Where to leave it; undefined for its own end. */
  readonly until: number | undefined;
  /** Of its directory; to be released by who claims it. */
  readonly lock: DirectoryLock;
}

/** Between looks at a sweep for which another process decides, which takes it a fraction of a second. */
const LOOK_MS = 100;

/**
 * Claims the run of a sweep that is next; null if nothing is ready, or others have it. Any number of processes may do so: one
 * at a time decides, under a lock on the sweep's folder, and what it decided is to be seen when it lets go.
 * Throws UserError: 64, 65, 66 for a bad manifest, or the signal's code if the process is asked to stop while it waits.
 */
export async function claimNextRun(
  manifest: string,
  root: string,
  stopRequest: StopSource,
): Promise<ClaimedRun | null> {
  const sweep = readManifest(manifest);
  const deciding = await waitForLock(dirname(manifest), stopRequest);
  try {
    const observe = cachedObserver(root, sweep);
    const plans = planSweep(sweep, observe);
    for (const run of readyRuns(sweep, plans, observe)) {
      if (observe(run).running) continue;
      const { index } = run;
      const plan = plans[index]!;
      const until = plan.kind === 'ready' ? plan.until : undefined;
      const config = runConfig(manifest, sweep.text, index);
      const lock = unlessHeld(() => claimRunDirectory(join(root, run.run)));
      if (lock !== null) return { index, config, until, lock };
    }
    return null;
  } finally {
    deciding.release();
  }
}

async function waitForLock(folder: string, stopRequest: StopSource): Promise<DirectoryLock> {
  for (;;) {
    const lock = unlessHeld(() => DirectoryLock.acquire(folder));
    if (lock !== null) return lock;
    if (stopRequest.exitCode !== null) {
      throw new UserError(stopRequest.exitCode, 'stopped before a run was chosen');
    }
    // Not all at the same moment.
    await setTimeout(LOOK_MS * (0.5 + Math.random()));
  }
}

function unlessHeld(claim: () => DirectoryLock): DirectoryLock | null {
  try {
    return claim();
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.tryAgain) return null;
    throw error;
  }
}
