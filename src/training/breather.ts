import { setImmediate } from 'node:timers/promises';
import type { StopSource } from './signals.ts';

/** Timers and signal handlers run only when the event loop gets a turn; this often is often enough. */
const BREATH_MS = 25;

/** Lets signals and timers in between steps of synchronous computing, at next to no cost. */
export class Breather {
  #last = performance.now();

  constructor(readonly stopRequest: StopSource) {}

  async shouldStop(): Promise<boolean> {
    const now = performance.now();
    if (now - this.#last >= BREATH_MS) {
      await setImmediate();
      this.#last = performance.now();
    }
    return this.stopRequest.exitCode !== null;
  }
}
