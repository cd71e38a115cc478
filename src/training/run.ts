import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configHash, runName } from '../config/hash.ts';
import { toYaml } from '../config/resolve.ts';
import type { Config } from '../config/schema.ts';
import { seedsOf } from '../config/seeds.ts';
import { type Preparation, unwatched } from '../data/dataset.ts';
import type { Engine, EngineInfo, Trainer } from '../engines/engine.ts';
import { loadEngine, pinned } from '../engines/registry.ts';
import { buildModel } from '../models/build.ts';
import { removeFile, replaceFile } from '../support/atomic-file.ts';
import { grantedCores } from '../support/cores.ts';
import { readCsv } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { DirectoryLock } from '../support/lock.ts';
import { createTask, type Task } from '../tasks/task.ts';
import { bestKept } from './best.ts';
import { checkpointSteps, pruneCheckpoints } from './checkpoint.ts';
import { createTrainer } from './create-trainer.ts';
import { Journal, keepingOf, logLine } from './journal.ts';
import { train } from './loop.ts';
import { describeRun, readMeta, recordSession } from './meta.ts';
import type { Progress } from './progress.ts';
import { isOver } from './results.ts';
import { newestCheckpoint } from './resume.ts';
import {
  claimRunDirectory,
  clearRunDirectory,
  type Outcome,
  readOutcome,
  removeLeftLock,
  runPaths,
} from './run-directory.ts';
import { Breather, type StopSource } from './signals.ts';
import { initialState, type LoopState, SkipStreak } from './state.ts';
import { judgeAll } from './stop-rule.ts';

export interface RunOptions {
  /** Folder that holds the run directories. */
  readonly root: string;
  /** Start over, deleting what an earlier run of the same config and seed left. */
  readonly fresh: boolean;
  /** Leave the run at a checkpoint after this many updates, evaluated if an evaluation is due. */
  readonly until?: number | undefined;
  readonly progress: Progress;
  readonly stopRequest: StopSource;
  /** Of the run's directory, if the caller has claimed it; released when the run ends. */
  readonly lock?: DirectoryLock | undefined;
  /** Who watches data being made ready. */
  readonly preparation?: Preparation | undefined;
}

export interface RunResult {
  readonly directory: string;
  /** Null if the run was stopped, or paused at `until`: it continues from its checkpoint. */
  readonly outcome: Outcome | null;
  /** The run was over before; nothing was computed. */
  readonly alreadyDone: boolean;
  /** Updates made so far. */
  readonly step: number;
  /** Updates made in this session, and the seconds they took without evaluations. */
  readonly steps: number;
  readonly trainingSeconds: number;
}

/**
 * Brings the run of a config to its end: starts it, continues it, or finds that it is done.
 * Throws UserError: 65 bad data or a damaged run directory, 66 missing data, 69 engine not available,
 * 73 directory not writable, 75 in use by another process, 78 a model that the engine cannot execute, or the
 * signal's code if the process is asked to stop before training begins.
 */
export async function run(config: Config, options: RunOptions): Promise<RunResult> {
  const directory = join(options.root, runName(config));
  const done = options.fresh ? null : outcomeUnder(config, directory);
  if (done !== null) {
    removeLeftLock(directory);
    return alreadyDone(directory, done);
  }

  // All that can fail for want of data or an engine comes before the first file is written.
  const engine = await loadRunEngine(config, options.fresh ? null : directory);
  const task = await createTask(config.task, {
    seeds: seedsOf(config),
    batchSize: config.training.batch,
    preparation: stoppable(options.preparation ?? unwatched, options.stopRequest),
  });
  const trainer = createTrainer(engine, config, task, grantedCores());
  const lock = options.lock ?? claimRunDirectory(directory);
  try {
    if (options.fresh) clearRunDirectory(directory);
    // Another process may have finished the run while this one was loading.
    const finished = outcomeUnder(config, directory);
    if (finished !== null) return alreadyDone(directory, finished);
    return await trainClaimed(config, { ...options, directory, engine, task, trainer, lock });
  } finally {
    lock.release();
    trainer.dispose();
  }
}

/** A preparation that ends when the process is asked to stop: nothing of the run is there yet that could be saved. */
function stoppable(preparation: Preparation, stopRequest: StopSource): Preparation {
  return {
    begin: (what, total) => preparation.begin(what, total),
    advance(count) {
      if (stopRequest.exitCode !== null) {
        throw new UserError(
          stopRequest.exitCode,
          'stopped while the data was made ready; the same command starts again',
        );
      }
      preparation.advance(count);
    },
    end: () => preparation.end(),
    note: (message) => preparation.note(message),
  };
}

/** How the run ended, unless the config has it go on. */
function outcomeUnder({ training: { steps }, stop }: Config, directory: string): Outcome | null {
  const outcome = readOutcome(directory);
  return outcome !== null && isOver(directory, outcome, { steps, stop }) ? outcome : null;
}

function alreadyDone(directory: string, outcome: Outcome): RunResult {
  return { directory, outcome, alreadyDone: true, step: outcome.step, steps: 0, trainingSeconds: 0 };
}

interface Session extends RunOptions {
  readonly directory: string;
  readonly engine: Engine;
  readonly task: Task;
  readonly trainer: Trainer;
  readonly lock: DirectoryLock;
}

/** One session on a run directory that is ours: from the newest checkpoint, or from the start. */
async function trainClaimed(config: Config, session: Session): Promise<RunResult> {
  const { directory, task, trainer, progress, stopRequest } = session;
  const state = initialState();
  const journal = begin(config, session, state);
  if (config.logging.tensorboard) journal.recordEvents();

  const [firstStep, secondsBefore] = [state.step, journal.trainingSeconds];
  progress.start(state.step, config.training.steps);
  const breather = new Breather(stopRequest);
  const until = session.until ?? Number.POSITIVE_INFINITY;
  let outcome: Outcome | null;
  try {
    outcome = await train({ config, task, trainer, state, journal, progress, breather, until });
  } catch (error) {
    logLine(directory, `failed at step ${state.step}: ${(error as Error).message}`);
    throw error;
  } finally {
    progress.stop();
    journal.close();
  }
  const ending = outcome?.status ?? (stopRequest.exitCode === null ? 'paused' : 'stopped');
  logLine(directory, `${ending} at step ${state.step}`);
  const trainingSeconds = journal.trainingSeconds - secondsBefore;
  const { step } = state;
  return { directory, outcome, alreadyDone: false, step, steps: step - firstStep, trainingSeconds };
}

/**
 * Puts trainer and state where the run is; returns its journal. A function of its own, so that the checkpoint's
 * memory is freed before training.
 */
function begin(config: Config, session: Session, state: LoopState): Journal {
  const { directory, engine, task, trainer, lock, progress } = session;
  const note = (message: string) => {
    progress.note(message);
    logLine(directory, message);
  };
  const hash = configHash(config);
  const checkpoint = newestCheckpoint(directory, hash, note);
  if (checkpoint !== null) refuseOtherNumerics(directory, engine.info);
  const model = buildModel(config.model, task.input, task.head);
  const info = { ...engine.info, threads: trainer.threads ?? engine.info.threads };
  const facts = describeRun(hash, info, task, model);
  const warning = recordSession(directory, facts, checkpoint?.loop.step ?? 0);
  if (warning !== null) note(warning);
  if (engine.info.reason !== undefined) note(`engine: ${engine.info.engine}, because ${engine.info.reason}`);
  if (trainer.threads !== undefined && trainer.threads < config.engine.threads)
    note(describeThreads(config.engine.threads, info.threads));

  const ended = readOutcome(directory);
  if (ended !== null) {
    note(`${ended.status} at step ${ended.step}, and goes on`);
    // Before config.yaml, for which DONE.json vouches.
    removeFile(runPaths(directory).done);
  }
  // Also of a run that is continued: its length and its stop rule may be new, and it may have been edited.
  replaceFile(runPaths(directory).config, toYaml(config));
  for (const [name, text] of task.preprocessing()) {
    // The data is what it was: see recordSession.
    if (!existsSync(join(directory, name))) replaceFile(join(directory, name), text);
  }
  if (checkpoint === null) {
    const journal = Journal.begin(directory, hash, lock, config.task);
    logLine(directory, `started (${describeEngine(info)})`);
    return journal;
  }
  trainer.load(checkpoint.parameters, checkpoint.state);
  const journal = Journal.resume(directory, lock, config.task, checkpoint);
  const { rows } = readCsv(runPaths(directory).metrics);
  state.step = checkpoint.loop.step;
  state.skips = new SkipStreak(checkpoint.loop.skippedInARow);
  state.interval.restore(checkpoint.interval);
  state.lastRow = rows.at(-1) ?? null;
  state.ruling = judgeAll(config.stop, rows);
  state.best = bestKept(config, rows, checkpointSteps(directory));
  // What a session that ended at this point left to be deleted. Newer ones do not verify, and are written again.
  pruneCheckpoints(directory, keepingOf(config, state), state.step);
  note(`resuming at step ${state.step} (${describeEngine(info)})`);
  return journal;
}

/** No command could make a run again that is part one numerics version and part another. */
function refuseOtherNumerics(directory: string, { engine, instructionSet, numerics }: EngineInfo): void {
  const begun = readMeta(directory)?.engine;
  if (begun === undefined || begun.numerics === numerics) return;
  const before = begun.numerics === undefined ? 'before there were any' : `with ${begun.numerics}`;
  throw new UserError(
    ExitCode.badData,
    `${directory}: this program has numerics version ${numerics} of ${engine} (${instructionSet}), the run began ${before}; ` +
      'continue it with the release that began it, or start over with --fresh',
  );
}

/**
 * The engine of the config; a run that has begun keeps the engine, and the kernels or the device, that it began with,
 * because results are bit-identical only within one.
 */
export async function loadRunEngine({ engine, model }: Config, directory: string | null): Promise<Engine> {
  const begunWith = directory === null ? undefined : readMeta(directory)?.engine;
  return loadEngine(begunWith === undefined ? engine : pinned(engine, begunWith), model);
}

/** Why there are fewer than the config asks for; results are the same bits for any number. */
function describeThreads(asked: number, used: number): string {
  const cores = grantedCores();
  const why =
    used < cores
      ? 'more would make a model of this size slower'
      : `this process may use ${countOf(cores, 'core')}`;
  return `engine.threads: ${countOf(used, 'thread')} instead of ${asked}, because ${why}`;
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function describeEngine({ engine, reason, device, instructionSet, threads }: EngineInfo): string {
  const because = reason === undefined ? '' : `, because ${reason}`;
  return `${engine} on ${device}, ${instructionSet}, ${countOf(threads, 'thread')}${because}`;
}
