import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../support/errors.ts';
import { programPath } from '../support/package.ts';
import { type Failure, writeFailure } from '../training/failure.ts';
import { type StopSignal, stopSignals } from '../training/signals.ts';
import type { Sweep, SweepRun, sweepPaths } from './manifest.ts';
import { type Observation, observe } from './observe.ts';
import { type Plan, planSweep, readyRuns } from './plan.ts';

/** Who watches a sweep on this machine. Slots are numbered from 0, one a process. */
export interface Watcher {
  started(slot: number, run: SweepRun, observation: Observation, until: number): void;
  progress(slot: number, message: ProgressMessage): void;
  /** The process of the run has ended; `observation` is what it left. */
  ended(slot: number, run: SweepRun, observation: Observation): void;
}

export interface LocalOptions {
  readonly root: string;
  readonly paths: ReturnType<typeof sweepPaths>;
  /** Processes at once. */
  readonly jobs: number;
  readonly watcher: Watcher;
}

/** Runs whose process could not be waited for: another process had them. */
export interface LocalResult {
  readonly observations: readonly Observation[];
  readonly busy: readonly SweepRun[];
  /** The signal that stopped the sweep; null if it came to its end. */
  readonly signal: StopSignal | null;
}

interface Active {
  readonly slot: number;
  readonly run: SweepRun;
  readonly child: ChildProcess;
}

/** Between looks at runs that other processes have. */
const LOOK_MS = 1_000;

/**
 * Runs what is not done, one process a run, so that a crash takes one run only. A signal is passed on to the processes,
 * which save checkpoints; a second one kills them.
 */
export class LocalLauncher {
  readonly #observations: Observation[];
  readonly #observe = ({ index }: SweepRun) => this.#observations[index]!;
  #plans: readonly Plan[];
  readonly #active = new Map<number, Active>();
  /** No process of ours has moved it on. */
  readonly #busy = new Set<number>();
  /** Another process has them, another sweep's perhaps: looked at now and then, and taken up when it lets go. */
  readonly #waiting = new Set<number>();
  #timer: NodeJS.Timeout | null = null;
  #error: unknown = null;
  readonly #freeSlots: number[];
  #signal: StopSignal | null = null;
  #settle: () => void = () => {};

  constructor(
    private readonly sweep: Sweep,
    private readonly options: LocalOptions,
  ) {
    this.#observations = sweep.runs.map((run) => observe(options.root, sweep, run));
    this.#plans = this.#plan();
    this.#freeSlots = Array.from({ length: options.jobs }, (_, slot) => slot);
  }

  /** As they are now. */
  get observations(): readonly Observation[] {
    return this.#observations;
  }

  get plans(): readonly Plan[] {
    return this.#plans;
  }

  async run(): Promise<LocalResult> {
    const onSignal = (signal: NodeJS.Signals) => this.#stop(signal as StopSignal);
    for (const signal of stopSignals) process.on(signal, onSignal);
    try {
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
        this.#fill();
      });
    } finally {
      for (const signal of stopSignals) process.off(signal, onSignal);
      if (this.#timer !== null) clearInterval(this.#timer);
    }
    if (this.#error !== null) throw this.#error;
    return {
      observations: this.#observations,
      busy: [...this.#busy, ...this.#waiting].map((index) => this.sweep.runs[index]!),
      signal: this.#signal,
    };
  }

  #plan(): Plan[] {
    return planSweep(this.sweep, this.#observe);
  }

  /** Gives every free slot a run; ends the sweep when there is nothing more to do. */
  #fill(): void {
    try {
      while (!this.#ends() && this.#freeSlots.length > 0) {
        const run = this.#next();
        if (run === null) break;
        this.#start(this.#freeSlots[0]!, run);
        this.#freeSlots.shift();
      }
    } catch (error) {
      this.#giveUp(error);
    }
    if (this.#active.size > 0) return;
    if (this.#ends() || this.#waiting.size === 0) this.#settle();
    else this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  #ends(): boolean {
    return this.#signal !== null || this.#error !== null;
  }

  /**
   * For instance, the results folder is gone. Runs at work save a checkpoint if they can, and the sweep ends with
   * the error.
   */
  #giveUp(error: unknown): void {
    this.#error ??= error;
    for (const { child } of this.#active.values()) askToLeave(child, 'SIGTERM');
  }

  /** At the runs that other processes had. */
  #look(): void {
    for (const index of this.#waiting) {
      const observation = observe(this.options.root, this.sweep, this.sweep.runs[index]!);
      this.#observations[index] = observation;
      if (!observation.running) this.#waiting.delete(index);
    }
    this.#plans = this.#plan();
    this.#fill();
  }

  #next(): SweepRun | null {
    const taken = [this.#active, this.#busy, this.#waiting];
    const ready = readyRuns(this.sweep, this.#plans, this.#observe);
    return ready.find(({ index }) => !taken.some((runs) => runs.has(index))) ?? null;
  }

  #start(slot: number, run: SweepRun): void {
    const { paths, watcher } = this.options;
    const plan = this.#plans[run.index]!;
    const until = (plan.kind === 'ready' ? plan.until : undefined) ?? run.steps;
    const log = join(paths.logs, `${run.run}.log`);
    const output = openSync(log, 'a');
    const argv = ['sweep', 'run', paths.manifest, String(run.index)];
    argv.push('--until-step', String(until), '--log', log);
    // In a session of its own, so that Ctrl-C reaches it once, through us.
    const child = spawn(process.execPath, [programPath, ...argv], {
      stdio: ['ignore', output, output, 'ipc'],
      detached: true,
      windowsHide: true,
    });
    closeSync(output);
    this.#active.set(run.index, { slot, run, child });
    // It stays promoted, whatever later arrivals at its rung score.
    this.#observations[run.index] = { ...this.#observe(run), running: true };
    watcher.started(slot, run, this.#observe(run), until);
    child.on('message', (message) => watcher.progress(slot, message as ProgressMessage));
    child.once('error', (error) => this.#ended(run, null, error.message, log));
    child.once('exit', (code, signal) => this.#ended(run, code, signal ?? '', log));
  }

  #ended(run: SweepRun, code: number | null, how: string, log: string): void {
    const active = this.#active.get(run.index);
    if (active === undefined) return; // it could not be started, and then "exited"
    this.#active.delete(run.index);
    this.#freeSlots.push(active.slot);
    const { root, watcher } = this.options;
    const directory = join(root, run.run);
    const before = this.#plans[run.index]!;
    const blameless = code === ExitCode.ok || code === ExitCode.tryAgain || this.#signal !== null;
    let observation = observe(root, this.sweep, run);
    if (!blameless && observation.failure === null) {
      const cause = `its process ended ${code === null ? `by ${how}` : `with ${code}`}${hintOf(how)}`;
      const failure = { exit: code ?? how, cause, log };
      observation = { ...observation, failure };
      tryToRecord(directory, failure);
    }
    this.#observations[run.index] = observation;
    this.#plans = this.#plan();
    const after = this.#plans[run.index]!;
    const stuck = after.kind === 'ready' && before.kind === 'ready' && after.rung === before.rung;
    // It did not move on, so it is not tried again: that could go on for ever.
    if (stuck) (observation.running ? this.#waiting : this.#busy).add(run.index);
    watcher.ended(active.slot, run, observation);
    this.#fill();
  }

  #stop(signal: StopSignal): void {
    const again = this.#signal !== null;
    this.#signal ??= signal;
    for (const { child } of this.#active.values()) {
      if (again) child.kill('SIGKILL');
      else askToLeave(child, signal);
    }
    if (this.#active.size === 0) this.#settle();
  }
}

/** Any signal ends a process on Windows before it can save: there it is hung up on, see worker.ts. */
function askToLeave(child: ChildProcess, signal: StopSignal): void {
  if (process.platform !== 'win32') child.kill(signal);
  else if (child.connected) child.disconnect();
}

/** Where the directory cannot be written, this sweep still knows; the next one will try the run again. */
function tryToRecord(directory: string, failure: Failure): void {
  try {
    writeFailure(directory, failure);
  } catch {
    // The failure is in the observation.
  }
}

function hintOf(signal: string): string {
  return signal === 'SIGKILL' ? ' (out of memory?)' : '';
}

/** What a run's process tells the sweep that started it, over the channel between them. */
export interface ProgressMessage {
  readonly step: number;
  readonly loss: number | null;
  /** Steps per second of training; 0 while that is unknown. */
  readonly rate: number;
}
