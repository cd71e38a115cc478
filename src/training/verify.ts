import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { EngineInfo } from '../engines/engine.ts';
import { kernelsOf, loadEngine, pinned } from '../engines/registry.ts';
import { type CsvRow, parseCsv } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { readMeta } from './meta.ts';
import type { Progress } from './progress.ts';
import { readRunFiles } from './results.ts';
import { run } from './run.ts';
import { readOutcome, runPaths, summariseRun } from './run-directory.ts';
import type { StopSource } from './signals.ts';

/**
 * What running a run's start again says of it. `verified`: the same bytes. `agrees`: on other kernels, within the
 * tolerance for as long as two kernels can agree. `differs`: it does not come out of its own config. `not comparable`:
 * nothing can be said on this machine or with this program.
 */
type Verdict = 'verified' | 'agrees' | 'differs' | 'not comparable';

export interface Verification {
  readonly run: string;
  readonly verdict: Verdict;
  /** The kernels that it was run on again. */
  readonly on: string;
  /** Rows of metrics.csv that are as they should be, and the step of the last of them; -1 for none. */
  readonly rows: number;
  readonly step: number;
  /** Why it differs or does not compare; what an agreement means. */
  readonly reason: string | null;
}

export interface VerifyOptions {
  /** The step to verify to, or `all` for the whole run; by default the third evaluation. */
  readonly until?: number | 'all' | undefined;
  /** After this many seconds the rows that are there are compared, at least one. */
  readonly seconds: number;
  readonly stopRequest: StopSource;
}

/** Kernels round differently, and training amplifies it: runs are compared for as long as two sets of this machine agree so well, */
const SETS_AGREE = 1e-3;
/** and then the run that is verified, made on a third one, has to be this near. */
const TOLERANCE = 1e-2;

/**
 * Runs a run's config again from its start in a temporary folder and compares the rows of metrics.csv.
 * Throws UserError: 65 and 66 for a run directory that cannot be read, what `run` throws, or the signal's code.
 */
export async function verifyRun(directory: string, options: VerifyOptions): Promise<Verification> {
  summariseRun(directory); // throws unless it is a run
  const begun = readMeta(directory)?.engine;
  if (begun === undefined) return verification(directory, 'not comparable', 'it has no meta.json');
  const files = readRunFiles(directory);
  const found: Found = {
    directory,
    begun,
    config: parseConfig(files.config, runPaths(directory).config),
    metrics: readFileSync(runPaths(directory).metrics, 'utf8'),
  };
  const same = await loadSame(found);
  if (same === null) return compareOnOthers(found, options);
  if (same.numerics === begun.numerics) return compareBytes(found, same, options);
  const theirs = begun.numerics ?? 'none, it is older than these versions';
  const reason = `numerics version of the run: ${theirs}; of this program: ${same.numerics}`;
  return verification(directory, 'not comparable', reason, describe(same));
}

/** A run as it lies there. */
interface Found {
  readonly directory: string;
  readonly config: Config;
  readonly begun: EngineInfo;
  /** Text of metrics.csv. */
  readonly metrics: string;
}

function verification(
  run: string,
  verdict: Verdict,
  reason: string | null,
  on = '-',
  rows = 0,
  step = -1,
): Verification {
  return { run, verdict, on, rows, step, reason };
}

/** What the run began on, if it is here. */
async function loadSame({ config, begun }: Found): Promise<EngineInfo | null> {
  try {
    return (await loadEngine(pinned(config.engine, begun), config.model)).info;
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.unavailable) return null;
    throw error;
  }
}

async function compareBytes(found: Found, same: EngineInfo, options: VerifyOptions): Promise<Verification> {
  const { directory } = found;
  const again = await rerun(found, same, options);
  const [theirs, ours] = [linesOf(found.metrics), linesOf(again.metrics)];
  const common = Math.min(theirs.length, ours.length);
  const equal = ours.findIndex((line, index) => line !== theirs[index]);
  const lines = equal < 0 ? common : equal;
  const step = lines < 2 ? -1 : stepOf(theirs[lines - 1]!);
  const say = (verdict: Verdict, reason: string | null) =>
    verification(directory, verdict, reason, describe(same), Math.max(0, lines - 1), step);
  if (lines < common) {
    return say('differs', lines === 0 ? 'the columns' : `the row of step ${stepOf(theirs[lines]!)}`);
  }
  const done = outcomeText(directory, found.config);
  const ended = again.done !== null && done !== null;
  if (ended && theirs.length !== ours.length) return say('differs', 'the number of rows');
  if (ended && done !== again.done) return say('differs', 'DONE.json');
  return say('verified', null);
}

/** The rows of two sets of this machine say for how long kernels agree; the run's have to be near for as long. */
async function compareOnOthers(found: Found, options: VerifyOptions): Promise<Verification> {
  const { directory, begun } = found;
  const [first, second] = kernelsOf(begun.engine);
  if (first === undefined) {
    return verification(directory, 'not comparable', `${describe(begun)} is not available here`);
  }
  const rowsOn = async (kernels: EngineInfo) => parseCsv((await rerun(found, kernels, options)).metrics).rows;
  const published = parseCsv(found.metrics).rows;
  const ours = await rowsOn(first);
  // With a single set there is no telling how long kernels agree: only the row from before training compares.
  const horizon = second === undefined ? 1 : agreeingRows(ours, await rowsOn(second), SETS_AGREE);
  const comparable = Math.min(horizon, published.length);
  const rows = agreeingRows(published.slice(0, comparable), ours, TOLERANCE);
  const on = second === undefined ? describe(first) : `${describe(first)} and ${describe(second)}`;
  const say = (verdict: Verdict, reason: string) =>
    verification(directory, verdict, reason, on, rows, published[rows - 1]?.step ?? -1);
  if (comparable === 0) return say('not comparable', 'two kernels of this machine disagree from the start');
  if (rows < comparable)
    return say('differs', `the row of step ${published[rows]!.step}, by more than ${TOLERANCE}`);
  return say(
    'agrees',
    `within ${TOLERANCE}, as long as kernels agree; ${describe(begun)} is not available here`,
  );
}

/** How many rows from the first one on agree in every validation score, relatively. */
function agreeingRows(rows: readonly CsvRow[], others: readonly CsvRow[], tolerance: number): number {
  const differing = rows.findIndex((row, index) => {
    const other = others[index];
    const columns = Object.keys(row).filter((name) => name.startsWith('valid_'));
    return other === undefined || columns.some((name) => !isNear(row[name]!, other[name]!, tolerance));
  });
  return differing < 0 ? rows.length : differing;
}

function isNear(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

interface Again {
  readonly metrics: string;
  /** DONE.json, if the run came to its end. */
  readonly done: string | null;
}

/** Brings the config to the step in question in a folder of its own, on the given kernels. */
async function rerun(found: Found, kernels: EngineInfo, options: VerifyOptions): Promise<Again> {
  const root = mkdtempSync(join(tmpdir(), 'irnn-run-verify-'));
  const limit = new Limit(options);
  try {
    const { directory, outcome } = await run(on(kernels, found.config), {
      root,
      fresh: false,
      until: lastStep(found, options.until),
      progress: limit,
      stopRequest: limit,
    });
    const { exitCode } = options.stopRequest;
    if (exitCode !== null) throw new UserError(exitCode, 'stopped before the run was verified');
    const paths = runPaths(directory);
    return {
      metrics: readFileSync(paths.metrics, 'utf8'),
      done: outcome && outcomeText(directory, found.config),
    };
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * DONE.json without what vouches for it, which earlier releases did not write; null if it is not there. Which checkpoint is the
 * best that was kept hangs on when `checkpoint.best` came into the config.
 */
function outcomeText(directory: string, { checkpoint }: Config): string | null {
  const outcome = readOutcome(directory);
  return outcome && JSON.stringify(checkpoint.best === null ? outcome : { ...outcome, best: undefined });
}

/** Undefined for the run's own end. */
function lastStep({ directory, metrics }: Found, until: VerifyOptions['until']): number | undefined {
  const { rows } = parseCsv(metrics);
  if (until === undefined) return rows[Math.min(2, rows.length - 1)]?.step ?? 0;
  if (until !== 'all') return until;
  return readOutcome(directory) === null ? (rows.at(-1)?.step ?? 0) : undefined;
}

/** Stops a run when the caller does, or when its time is up and there is a row. */
class Limit implements Progress, StopSource {
  readonly #begin = performance.now();
  #rows = 0;

  constructor(private readonly options: VerifyOptions) {}

  get exitCode(): ExitCode | null {
    const { stopRequest, seconds } = this.options;
    const isOver = this.#rows > 0 && performance.now() - this.#begin > 1000 * seconds;
    return stopRequest.exitCode ?? (isOver ? ExitCode.tryAgain : null);
  }

  row(): void {
    this.#rows += 1;
  }

  start(): void {}
  step(): void {}
  note(): void {}
  stop(): void {}
}

/** The config on given kernels, without what is written besides. */
function on(kernels: EngineInfo, config: Config): Config {
  return { ...config, engine: pinned(config.engine, kernels), logging: { tensorboard: false } };
}

function describe({ engine, instructionSet }: EngineInfo): string {
  return `${engine}, ${instructionSet}`;
}

/** Header and rows; an incomplete last line is none. */
function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

function stepOf(line: string): number {
  return Number(line.split(',')[0]);
}
