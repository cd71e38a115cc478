import { setImmediate, setTimeout } from 'node:timers/promises';
import { ExitCode } from '../support/errors.ts';

/** Signals that mean "save and leave", and the exit code of a run that did so. Not every system has all of them. */
const exitCodes = {
  SIGINT: ExitCode.interrupted,
  /** Ctrl-Break on Windows. */
  SIGBREAK: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  // Batch systems send SIGUSR1 ahead of a time limit, terminals send SIGHUP when they close: run again later.
  SIGUSR1: ExitCode.tryAgain,
  SIGHUP: ExitCode.tryAgain,
} as const;

export type StopSignal = keyof typeof exitCodes;
export const stopSignals = Object.keys(exitCodes) as readonly StopSignal[];

/** The exit code of a process that left because of a signal. */
export function exitCodeOf(signal: StopSignal): ExitCode {
  return exitCodes[signal];
}

/** Says whether a run is to save and leave: the exit code to leave with, or null. The training loop looks at it between updates. */
export interface StopSource {
  readonly exitCode: ExitCode | null;
}

/** Remembers that the process was asked to stop by a signal. */
export class StopRequest implements StopSource {
  #signal: StopSignal | null = null;
  readonly #onSignal = (signal: NodeJS.Signals) => {
    // A second signal finds no handler any more and ends the process at once.
    this.dispose();
    this.stop(signal as StopSignal);
  };

  constructor() {
    for (const signal of stopSignals) process.on(signal, this.#onSignal);
  }

  /** The exit code for the signal that came in, or null while none has. */
  get exitCode(): ExitCode | null {
    return this.#signal === null ? null : exitCodes[this.#signal];
  }

  /** As if this signal had come in. */
  stop(signal: StopSignal): void {
    this.#signal = signal;
  }

  dispose(): void {
    for (const signal of stopSignals) process.off(signal, this.#onSignal);
  }
}

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

/** Waits, but no longer than a moment once the reader has asked to stop. */
export async function pause(seconds: number, stopRequest: StopRequest): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end && stopRequest.exitCode === null) {
    await setTimeout(Math.min(100, Math.max(1, end - performance.now())));
  }
}
