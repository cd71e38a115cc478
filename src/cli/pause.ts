import { setTimeout } from 'node:timers/promises';
import type { StopRequest } from '../training/signals.ts';

/** Waits, but no longer than a moment once the reader has asked to stop. */
export async function pause(seconds: number, stopRequest: StopRequest): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end && stopRequest.exitCode === null) {
    await setTimeout(Math.min(100, Math.max(1, end - performance.now())));
  }
}
