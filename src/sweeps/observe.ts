import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { higherIsBetter } from '../config/tasks.ts';
import type { CsvRow } from '../support/csv.ts';
import { UserError } from '../support/errors.ts';
import { isLocked } from '../support/lock.ts';
import { checkpointSteps } from '../training/checkpoint.ts';
import { type Failure, readFailure } from '../training/failure.ts';
import { isOver, readResultRows, readTimes } from '../training/results.ts';
import { type FinalStatus, readOutcome } from '../training/run-directory.ts';
import { judgeAll } from '../training/stop-rule.ts';
import type { Sweep, SweepRun } from './manifest.ts';

/** A run's score at some moment, by the sweep's metric; smaller is better whatever the metric. */
export interface Score {
  /** The metric's value, and where it is from. */
  readonly value: number;
  readonly step: number;
  /** The test scores of the same evaluation: for the report, never for a choice. */
  readonly test: Readonly<Record<string, number | null>>;
  /** The value as it is compared: turned round if more is better, Infinity if it is not a number. */
  readonly loss: number;
}

/** What a run directory says, as far as a sweep asks. */
export interface Observation {
  readonly outcome: FinalStatus | null;
  /** Set if the last attempt failed, and the run is not over. */
  readonly failure: Failure | null;
  /** Some process works on it. */
  readonly running: boolean;
  /** Of the outcome, or else of the newest checkpoint. */
  readonly step: number;
  /** Seconds of work so far, as of `timedStep`, and the CPU seconds among them; null if nobody counted them. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  readonly timedStep: number;
  /** By rung of the halving: null until the run has been evaluated there or is over. */
  readonly atRung: readonly (Score | null)[];
  /** As far as it has come; null without an evaluation, or if the sweep has no metric. */
  readonly score: Score | null;
  /** The step at which the run reached the sweep's mark or, without one, met its stop rule. */
  readonly reachedAt: number | null;
}

const nothing: Omit<Observation, 'atRung'> = {
  outcome: null,
  failure: null,
  running: false,
  step: 0,
  seconds: 0,
  cpuSeconds: 0,
  timedStep: 0,
  score: null,
  reachedAt: null,
};

/** Looks at a run's directory. A damaged file in it is a failure of that run, not of the sweep. */
export function observe(root: string, sweep: Sweep, run: SweepRun): Observation {
  const directory = join(root, run.run);
  const unknown: Observation = { ...nothing, atRung: (sweep.halving?.rungs ?? []).map(() => null) };
  try {
    return existsSync(directory) ? lookAt(directory, sweep, run) : unknown;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...unknown, failure: { exit: error.exitCode, cause: error.message, log: null } };
  }
}

/** Looks at each run's directory once. */
export function cachedObserver(root: string, sweep: Sweep): (run: SweepRun) => Observation {
  const seen = new Map<number, Observation>();
  return (run) => {
    const observation = seen.get(run.index) ?? observe(root, sweep, run);
    seen.set(run.index, observation);
    return observation;
  };
}

function lookAt(directory: string, sweep: Sweep, run: SweepRun): Observation {
  const ended = readOutcome(directory);
  const outcome = ended !== null && isOver(directory, ended, run) ? ended : null;
  const rows = sweep.select === null ? [] : readResultRows(directory);
  const time = readTimes(directory).at(-1);
  return {
    outcome: outcome?.status ?? null,
    failure: outcome === null ? readFailure(directory) : null,
    running: outcome === null && isLocked(directory),
    step: ended?.step ?? checkpointSteps(directory)[0] ?? 0,
    seconds: (time?.training_seconds ?? 0) + (time?.evaluation_seconds ?? 0),
    cpuSeconds: time === undefined ? 0 : (time.cpu_seconds ?? null),
    timedStep: time?.step ?? 0,
    atRung: (sweep.halving?.rungs ?? []).map((rung) => {
      const reached = outcome !== null || rows.some(({ step }) => step === rung);
      return reached ? scoreOf(sweep.select!, rows, rung) : null;
    }),
    score: sweep.select === null ? null : scoreOf(sweep.select, rows, Number.POSITIVE_INFINITY),
    reachedAt: reachedAt(sweep, run, rows),
  };
}

function reachedAt({ select }: Sweep, { stop }: SweepRun, rows: readonly CsvRow[]): number | null {
  if (select === null || select.mark === null) return judgeAll(stop, rows).solvedAt;
  const { metric, mark } = select;
  const isReached = (value: number) => (higherIsBetter(metric) ? value > mark : value < mark);
  return rows.find((row) => isReached(row[metric] ?? Number.NaN))?.step ?? null;
}

function scoreOf(
  { metric, score }: NonNullable<Sweep['select']>,
  rows: readonly CsvRow[],
  until: number,
): Score | null {
  const sign = higherIsBetter(metric) ? -1 : 1;
  const scores = rows
    .filter(({ step }) => step !== null && step !== undefined && step <= until)
    .map((row): Score => {
      const value = row[metric] ?? Number.NaN;
      const test = Object.fromEntries(Object.entries(row).filter(([name]) => name.startsWith('test_')));
      const loss = Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value;
      return { value, step: row.step!, test, loss };
    });
  if (score === 'last' || scores.length === 0) return scores.at(-1) ?? null;
  return scores.reduce((best, next) => (next.loss < best.loss ? next : best));
}
