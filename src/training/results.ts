import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { configHash, runName } from '../config/hash.ts';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type CsvRow, isAt, parseCsv } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { version } from '../support/package.ts';
import { readRegular } from '../support/regular-file.ts';
import { recordedMetrics } from './checkpoint.ts';
import { readMeta } from './meta.ts';
import { type Done, type Outcome, type OutcomeAt, readDone, runPaths } from './run-directory.ts';
import { hasStopped } from './stop-rule.ts';

/** The files that a run's results stand in. */
export interface RunFiles {
  /** Text of config.yaml. */
  readonly config: string;
  /** Of metrics.csv; none before the first evaluation. */
  readonly rows: readonly CsvRow[];
}

/**
 * Reads config.yaml and metrics.csv for whoever shows results. Those of a run that is over have to be what DONE.json, or the
 * last commit record of a run from before DONE.json said it, vouches for; the config of any run what its directory is named
 * after. Throws UserError (65) if they are not.
 */
export function readRunFiles(directory: string): RunFiles {
  const done = readDone(directory);
  try {
    return { config: readConfigText(directory, done), rows: rowsOf(directory, done) };
  } catch (error) {
    // A run that goes on in the meantime under a longer bound has taken DONE.json away.
    if (done !== null && readDone(directory) === null) return readRunFiles(directory);
    throw error;
  }
}

/**
 * The rows alone, for a process that continues the run and writes its config anew. Throws UserError (65) likewise.
 */
export function readResultRows(directory: string): readonly CsvRow[] {
  return rowsOf(directory, readDone(directory));
}

/** Rows of timing.csv; none if there is no such file. Throws UserError (65) if the run is over and they are not what they were. */
export function readTimes(directory: string): readonly CsvRow[] {
  const path = runPaths(directory).timing;
  const mark = readMeta(directory)?.timing;
  const bytes = existsSync(path) ? readRegular(path) : null;
  if (mark === undefined || (bytes !== null && isAt(mark, bytes))) return parseCsv(String(bytes ?? '')).rows;
  // A run that has gone on in the meantime has taken the mark away.
  if (readMeta(directory)?.timing?.sha256 !== mark.sha256) return readTimes(directory);
  throw changed(path);
}

/** The scores of the newest evaluation of a run that is not over; null before the first one. Throws UserError (65) likewise. */
export function newestScores(directory: string): Pick<OutcomeAt, 'step' | 'metrics'> | null {
  const row = readResultRows(directory).at(-1);
  return row === undefined ? null : { step: row.step!, metrics: scoresOf(row) };
}

/** The scores of a row of metrics.csv, as DONE.json has them: JSON has no NaN and no Infinity, so they are written as words. */
export function scoresOf(row: CsvRow): OutcomeAt['metrics'] {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => /^(valid|test)_/.test(name))
      .map(([name, value]) => [name, Number.isFinite(value) ? value! : String(value)]),
  );
}

function rowsOf(directory: string, done: Done | null): readonly CsvRow[] {
  const path = runPaths(directory).metrics;
  if (!existsSync(path)) {
    if (done?.files === undefined) return [];
    throw new UserError(ExitCode.badData, `${path}: missing, although the run is over; restore it`);
  }
  const bytes = readRegular(path);
  const mark = done?.files?.metrics ?? (done === null ? null : recordedMetrics(directory, done.checkpoint));
  // Where DONE.json does not say it, a row may have followed the last checkpoint.
  const length = done?.files === undefined ? (mark?.bytes ?? 0) : bytes.length;
  if (mark !== null && !isAt(mark, bytes.subarray(0, length))) throw changed(path);
  return parseCsv(bytes.toString()).rows;
}

function readConfigText(directory: string, done: Done | null): string {
  const path = runPaths(directory).config;
  const bytes = readRegular(path);
  const text = bytes.toString();
  if (done?.files !== undefined) {
    if (!isAt(done.files.config, bytes)) throw changed(path);
  } else checkIdentity(directory, text);
  return text;
}

/** Runs of other releases may hold keys that this one does not know, or be hashed in another way: of these nothing is said. */
function checkIdentity(directory: string, text: string): void {
  const meta = readMeta(directory);
  if (meta?.engine.numerics === undefined) return;
  const path = runPaths(directory).config;
  let config: ReturnType<typeof parseConfig>;
  try {
    config = parseConfig(text, path);
  } catch (error) {
    if (meta.sessions.at(-1)?.irnn_run !== version) return;
    throw changed(path, error);
  }
  const name = basename(directory);
  const isNamed = /-[0-9a-f]{8}-s\d+$/.test(name);
  if (configHash(config) !== meta.config_hash || (isNamed && runName(config) !== name)) throw changed(path);
}

function changed(path: string, cause?: unknown): UserError {
  const advice = 'restore it, or run its config again with --fresh';
  return new UserError(ExitCode.badData, `${path}: not what the run was made with; ${advice}`, { cause });
}

/**
 * Whether a run that ended so has nothing left to do under a length and a stop rule, which may not be those that it ended
 * under. A longer or more patient one continues it; what has diverged stays so.
 */
export function isOver(
  directory: string,
  outcome: Outcome,
  { steps, stop }: { readonly steps: number; readonly stop: Config['stop'] },
): boolean {
  if (outcome.status === 'diverged' || outcome.step >= steps) return true;
  return stop !== null && hasStopped(stop, readResultRows(directory));
}
