import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runName } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';
import type { StepResult } from '../engines/engine.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { DirectoryLock } from '../support/lock.ts';
import { readFailure, writeFailure } from '../training/failure.ts';
import type { Progress } from '../training/progress.ts';
import { type RunResult, run } from '../training/run.ts';
import { StopRequest } from '../training/signals.ts';
import { SpeedMeter } from '../training/speed-meter.ts';
import type { ProgressMessage } from './local.ts';
import { readManifest, readRunConfig } from './manifest.ts';
import { claimNextRun } from './next-run.ts';
import { cachedObserver } from './observe.ts';
import { placeOf } from './places.ts';

/** Which run of a manifest, and how far to bring it. */
export interface Assignment {
  readonly manifest: string;
  /** Folder that holds the run directories. */
  readonly root: string;
  /**
   * On the first rung the run's index; on a later rung a place among those that may go on. Or whatever run is next when
   * the process looks.
   */
  readonly number: number | 'next';
  /** From 1. */
  readonly rung: number;
  /** Instead of the rung's own steps. */
  readonly untilStep: number | undefined;
  /** Where this process's output goes, to be named if it fails. */
  readonly log: string | null;
  /**
   * A file to write `done` into once the work is done: an exit code alone gets lost with a node. For the next run also its
   * index when it is known, or `nothing` if there is none.
   */
  readonly receipt: string | undefined;
}

export interface NumberedAssignment extends Assignment {
  readonly number: number;
}

/** Exit codes of processes that were stopped, or kept out by another one: no failure, the run goes on another time. */
const stopped: readonly number[] = [ExitCode.tryAgain, ExitCode.interrupted, ExitCode.terminated];

/**
 * Brings one run of a manifest to its end, or to its rung. A failure is recorded in the run's directory.
 * Returns null if nobody took the place, or nothing is next. Throws what `run` throws, UserError for a bad manifest (64, 65, 66), and
 * UserError (66) if the rung before this one is not complete.
 */
export async function work(
  assignment: Assignment,
  exitCodeOf: (error: unknown) => { readonly message: string; readonly exitCode: number },
): Promise<RunResult | null> {
  const { manifest, root, number, receipt } = assignment;
  const say = (text: string) => receipt !== undefined && writeFileSync(receipt, `${text}\n`);
  const stopRequest = new StopRequest();
  try {
    const found =
      number === 'next'
        ? await claimNextRun(manifest, root, stopRequest)
        : assignedRun({ ...assignment, number });
    if (found === null) {
      say(number === 'next' ? 'nothing' : 'done');
      return null;
    }
    if (number === 'next') say(String(found.index));
    const result = await runRecorded(found, assignment, stopRequest, exitCodeOf);
    say('done');
    return result;
  } finally {
    stopRequest.dispose();
  }
}

/** Records that the process of an assignment ended without a chance to say why. */
export function recordCrash(assignment: NumberedAssignment, exit: number): void {
  const found = assignedRun(assignment);
  if (found === null) return;
  const directory = join(assignment.root, runName(found.config));
  if (readFailure(directory) !== null) return; // it did say why
  const cause = `its process ended with ${exit}`;
  writeFailure(directory, { exit, cause, log: assignment.log });
}

interface Assigned {
  readonly index: number;
  readonly config: Config;
  readonly until: number | undefined;
  /** Of the run's directory, if it is ours already. */
  readonly lock?: DirectoryLock;
}

function assignedRun({ manifest, root, number, rung, untilStep }: NumberedAssignment): Assigned | null {
  const assigned = (index: number, until: number | undefined): Assigned => {
    return { index, config: readRunConfig(manifest, index), until };
  };
  if (untilStep !== undefined) return assigned(number, untilStep);
  const sweep = readManifest(manifest);
  const rungs = sweep.halving?.rungs ?? [];
  if (rung < 1 || rung > rungs.length + 1) {
    const count = rungs.length + 1;
    throw new UserError(
      ExitCode.usage,
      `--rung ${rung}: this sweep has ${count} rung${count > 1 ? 's' : ''}`,
    );
  }
  const until = rungs[rung - 1];
  if (rung === 1) return assigned(number, until);
  if (sweep.halving?.asynchronous) {
    const advice = `take what is next: irnn-run sweep run ${manifest} next`;
    throw new UserError(ExitCode.usage, `--rung ${rung}: nobody waits for a rung of this sweep; ${advice}`);
  }
  const entrant = placeOf(sweep, cachedObserver(root, sweep), rung - 1, number);
  return entrant === null ? null : assigned(entrant.index, until);
}

async function runRecorded(
  { config, until, lock }: Assigned,
  { root, log }: Assignment,
  stopRequest: StopRequest,
  exitCodeOf: (error: unknown) => { readonly message: string; readonly exitCode: number },
): Promise<RunResult> {
  // When the sweep's process is gone, or hangs up as on Windows, its runs save a checkpoint and leave.
  const orphaned = () => stopRequest.stop('SIGTERM');
  if (process.send !== undefined) {
    process.once('disconnect', orphaned);
    if (!process.connected) orphaned();
  }
  try {
    const result = await run(config, {
      root,
      fresh: false,
      until,
      progress: new Report(),
      stopRequest,
      lock,
    });
    if (result.outcome === null && stopRequest.exitCode !== null) {
      throw new UserError(stopRequest.exitCode, `stopped at a checkpoint of ${result.directory}`);
    }
    return result;
  } catch (error) {
    const { message, exitCode } = exitCodeOf(error);
    if (!stopped.includes(exitCode))
      record(join(root, runName(config)), { exit: exitCode, cause: message, log });
    throw error;
  } finally {
    process.off('disconnect', orphaned);
    lock?.release();
  }
}

/** The failure cannot be recorded where nothing can be written: then the exit code has to say it. */
function record(directory: string, failure: Parameters<typeof writeFailure>[1]): void {
  try {
    writeFailure(directory, failure);
  } catch (error) {
    process.stderr.write(`irnn-run: ${directory}: cannot record the failure (${(error as Error).message})\n`);
  }
}

const REPORT_MS = 250;

/** Tells the sweep how the run gets on, if a sweep started this process; notes go to stderr. */
class Report implements Progress {
  #sent = 0;
  readonly #meter = new SpeedMeter();

  start(step: number): void {
    this.#sent = performance.now();
    this.#meter.start(step);
    this.#send({ step, loss: null, rate: 0 });
  }

  step(step: number, result: StepResult): void {
    this.#meter.tick();
    const now = performance.now();
    if (now - this.#sent < REPORT_MS) return;
    this.#sent = now;
    this.#meter.update(step);
    this.#send({ step, loss: result.loss, rate: this.#meter.rate });
  }

  row(): void {
    this.#meter.pause();
  }

  note(message: string): void {
    process.stderr.write(`${message}\n`);
  }

  stop(): void {}

  #send(message: ProgressMessage): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }
}
