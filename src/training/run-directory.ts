import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { z } from 'zod';
import { makeDirectory, removeIfThere, removeTemporaries, replaceFile } from '../support/atomic-file.ts';
import { type CsvMark, markShape } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { readJsonFile, sealed, sealShape } from '../support/json-file.ts';
import { DirectoryLock, isLocked } from '../support/lock.ts';
import { type Metrics, PREPROCESSING_FILES } from '../tasks/task.ts';
import { checkpointSteps, removeOrphans } from './checkpoint.ts';
import { eventFiles } from './event-file.ts';

/** How a run can end. Being stopped by a signal is not an end: the same command continues. */
export type FinalStatus = 'finished' | 'solved' | 'stopped early' | 'diverged';

/** A run's scores at a step, and the checkpoint that gives them. */
export interface OutcomeAt {
  readonly step: number;
  /** The evaluation's scores as `valid_...` and `test_...`; not finite ones are given as text. */
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly checkpoint: string;
}

/** DONE.json: written last, it says that a run is over and where it ended. It holds nothing that depends on the clock. */
export interface Outcome extends OutcomeAt {
  readonly status: FinalStatus;
  /** The step at which the stop rule was met. */
  readonly solved_at?: number;
  /** The constant predictor's scores on the test split. */
  readonly baseline: Metrics;
  /** The best evaluation, if its checkpoint is kept. */
  readonly best?: OutcomeAt;
}

/** DONE.json as it stands there. */
export interface Done extends Outcome {
  /** What the run's files have to be; absent in runs of before DONE.json said it. */
  readonly files?: { readonly config: CsvMark; readonly metrics: CsvMark };
}

const scores = z.record(z.string(), z.union([z.number(), z.string(), z.null()]));
const step = z.int().min(0);
const outcomeAt = { step, metrics: scores, checkpoint: z.string() };
const unsealedShape = z.strictObject({
  status: z.enum(['finished', 'solved', 'stopped early', 'diverged']),
  ...outcomeAt,
  baseline: scores,
  solved_at: step.optional(),
  best: z.strictObject(outcomeAt).optional(),
});
const doneShape = z.union([
  z.strictObject({
    ...unsealedShape.shape,
    files: z.strictObject({ config: markShape, metrics: markShape }),
    sha256: sealShape,
  }),
  unsealedShape,
]);

/** Where the files of a run are. */
export function runPaths(directory: string) {
  return {
    config: join(directory, 'config.yaml'),
    meta: join(directory, 'meta.json'),
    metrics: join(directory, 'metrics.csv'),
    timing: join(directory, 'timing.csv'),
    log: join(directory, 'log.txt'),
    done: join(directory, 'DONE.json'),
    failed: join(directory, 'FAILED.json'),
  };
}

/**
 * Creates the directory if need be, takes its lock, and sweeps up after killed processes and failed attempts.
 * Throws UserError (73, 75).
 */
export function claimRunDirectory(directory: string): DirectoryLock {
  try {
    makeDirectory(directory);
  } catch (error) {
    throw new UserError(
      ExitCode.cannotCreate,
      `${directory}: cannot create it (${(error as Error).message})`,
      {
        cause: error,
      },
    );
  }
  refuseLink(directory);
  const lock = DirectoryLock.acquire(directory);
  removeTemporaries(directory);
  removeOrphans(directory);
  removeIfThere(runPaths(directory).failed);
  return lock;
}

/**
 * Removes the lock of a process that ended right after its run did. Nothing depends on it, so nothing is said if it
 * stays.
 */
export function removeLeftLock(directory: string): void {
  if (!readdirSync(directory).some((name) => name.startsWith('.lock'))) return;
  try {
    claimRunDirectory(directory).release();
  } catch {
    // In use after all, or a folder that may only be read.
  }
}

/** A link in a folder of results that came from somebody else could have files anywhere deleted and written. */
function refuseLink(directory: string): void {
  if (!lstatSync(directory).isSymbolicLink()) return;
  const [target, root] = [realpathSync(directory), realpathSync(dirname(directory))];
  if (target.startsWith(root + sep)) return;
  throw new UserError(
    ExitCode.cannotCreate,
    `${directory}: a link to ${target}, outside the folder of results; name that with --out, or remove the link`,
  );
}

/** Deletes what earlier runs wrote here, and nothing else. */
export function clearRunDirectory(directory: string): void {
  // DONE.json and the commit records go first: a crash half-way must not leave something that looks whole.
  for (const path of Object.values(runPaths(directory)).reverse()) removeIfThere(path);
  for (const step of checkpointSteps(directory)) removeIfThere(join(directory, `checkpoint-${step}.json`));
  for (const name of eventFiles(directory)) removeIfThere(join(directory, name));
  for (const name of PREPROCESSING_FILES) removeIfThere(join(directory, name));
  for (const name of readdirSync(directory)) {
    if (/^checkpoint-\d+\.safetensors$/.test(name)) removeIfThere(join(directory, name));
  }
}

/** Null while the run is not over. Throws UserError (65) if DONE.json is damaged. */
export function readDone(directory: string): Done | null {
  return readJsonFile<Done>(runPaths(directory).done, doneShape);
}

/** The same without what vouches for it. */
export function readOutcome(directory: string): Outcome | null {
  const done = readDone(directory);
  if (done === null) return null;
  const { files: _, sha256: __, ...outcome } = done as Done & { sha256?: string };
  return outcome;
}

export function writeOutcome(directory: string, outcome: Outcome, files: NonNullable<Done['files']>): void {
  const done: Done = { ...outcome, files };
  replaceFile(runPaths(directory).done, `${JSON.stringify(sealed(done), null, 2)}\n`);
}

/** What a run directory says about its run, without opening tensors. */
export interface RunSummary {
  readonly directory: string;
  readonly status: FinalStatus | 'running' | 'failed' | 'unfinished';
  /** Of the outcome, or else of the newest checkpoint. */
  readonly step: number;
  readonly outcome: Outcome | null;
}

/** Throws UserError (66) if this is not a run directory. */
export function summariseRun(directory: string): RunSummary {
  if (!isRunDirectory(directory)) {
    throw new UserError(ExitCode.missingInput, `${directory}: not a run directory (it has no config.yaml)`);
  }
  const outcome = readOutcome(directory);
  const step = outcome?.step ?? checkpointSteps(directory)[0] ?? 0;
  const idle = existsSync(runPaths(directory).failed) ? 'failed' : 'unfinished';
  const status = outcome?.status ?? (isLocked(directory) ? 'running' : idle);
  return { directory, status, step, outcome };
}

/** All run directories directly under a folder, by name. Throws UserError (66) if there is no such folder. */
export function findRuns(root: string): string[] {
  const found = statSync(root, { throwIfNoEntry: false });
  if (found === undefined) throw new UserError(ExitCode.missingInput, `${root}: no such folder`);
  if (!found.isDirectory()) {
    throw new UserError(ExitCode.missingInput, `${root}: is a file, expected a folder of run directories`);
  }
  return readdirSync(root)
    .sort()
    .map((name) => join(root, name))
    .filter(isRunDirectory);
}

export function isRunDirectory(path: string): boolean {
  return (
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true && existsSync(runPaths(path).config)
  );
}
