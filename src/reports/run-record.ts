import { basename } from 'node:path';
import { parse } from 'yaml';
import type { CsvRow } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { readRegular } from '../support/regular-file.ts';
import { type Meta, readMeta } from '../training/meta.ts';
import { readRunFiles, readTimes } from '../training/results.ts';
import { type RunSummary, runPaths, summariseRun } from '../training/run-directory.ts';

/**
 * A config as it stands in a run directory. Reports read it loosely, because it may have been written by another
 * release: a key that is not there has its default.
 */
export type RunConfig = Readonly<Record<string, unknown>>;

/** All that a report reads of a run directory. */
export interface RunRecord extends RunSummary {
  /** The directory's own name, the same wherever the directory is copied to. */
  readonly name: string;
  readonly config: RunConfig;
  readonly seed: number;
  readonly meta: Meta | null;
  readonly metrics: readonly CsvRow[];
  /** Seconds of training and evaluation together, null if there is no timing.csv. */
  readonly seconds: number | null;
  /** CPU seconds of the whole run, null where they were not counted. Unlike `seconds` they hold no other work. */
  readonly cpuSeconds: number | null;
  /** Median over the intervals between evaluations; null if there are none. Other work on the machine is in it. */
  readonly secondsPerStep: number | null;
  /** The step of the last metrics row. */
  readonly lastStep: number;
  readonly end: RunEnd;
}

/** How a run's curve ends: `capped` at its last allowed step, or `unfinished`, where it may still go on. */
export type RunEnd = 'solved' | 'capped' | 'diverged' | 'unfinished';

/** Throws UserError: 66 if this is not a run directory, 65 if its files cannot be understood. */
export function readRun(directory: string): RunRecord {
  const summary = summariseRun(directory);
  const paths = runPaths(directory);
  const files = readRunFiles(directory);
  const [config, metrics] = [parseRunConfig(files.config, paths.config), files.rows];
  const times = readTimes(directory);
  const timing = times.at(-1);
  return {
    ...summary,
    name: basename(directory),
    config,
    seed: Number(config.seed ?? 1),
    meta: readMeta(directory),
    metrics,
    seconds: timing ? (timing.training_seconds ?? 0) + (timing.evaluation_seconds ?? 0) : null,
    cpuSeconds: timing?.cpu_seconds ?? null,
    secondsPerStep: medianInterval(times),
    lastStep: metrics.at(-1)?.step ?? 0,
    end: endOf(summary.outcome),
  };
}

function medianInterval(times: readonly CsvRow[]): number | null {
  const rates = times
    .slice(1)
    .map((row, index) => {
      const before = times[index]!;
      return (
        ((row.training_seconds ?? 0) - (before.training_seconds ?? 0)) /
        ((row.step ?? 0) - (before.step ?? 0))
      );
    })
    .filter((rate) => Number.isFinite(rate) && rate > 0)
    .sort((a, b) => a - b);
  return rates[rates.length >> 1] ?? null;
}

function endOf(outcome: RunSummary['outcome']): RunEnd {
  if (outcome === null) return 'unfinished';
  if (outcome.status === 'diverged') return 'diverged';
  return outcome.status === 'solved' || outcome.solved_at !== undefined ? 'solved' : 'capped';
}

/** The value at a dotted path of a config, or the fallback where there is none or null. */
export function setting<T>(config: RunConfig, path: string, fallback: T): T {
  let value: unknown = config;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return (value ?? fallback) as T;
}

/** The finite (step, value) points of a metrics column. */
export function pointsOf(metrics: readonly CsvRow[], column: string): [step: number, value: number][] {
  return metrics.flatMap((row) => {
    const [step, value] = [row.step, row[column]];
    return typeof step === 'number' && Number.isFinite(value) ? [[step, value!] as [number, number]] : [];
  });
}

/** A config that is in no run directory. Throws UserError (65) if it is no map of settings. */
export function readConfig(path: string): RunConfig {
  return parseRunConfig(readRegular(path).toString(), path);
}

function parseRunConfig(text: string, path: string): RunConfig {
  try {
    const config: unknown = parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as RunConfig;
  } catch (error) {
    throw new UserError(ExitCode.badData, `${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  throw new UserError(ExitCode.badData, `${path}: not a map of settings`);
}
