import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { type CsvRow, readCsv } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { type Meta, readMeta } from '../training/meta.ts';
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
  /** The step of the last metrics row. */
  readonly lastStep: number;
}

/** Throws UserError: 66 if this is not a run directory, 65 if its files cannot be understood. */
export function readRun(directory: string): RunRecord {
  const summary = summariseRun(directory);
  const paths = runPaths(directory);
  const config = readConfig(paths.config);
  const metrics = existsSync(paths.metrics) ? readCsv(paths.metrics).rows : [];
  const timing = existsSync(paths.timing) ? readCsv(paths.timing).rows.at(-1) : undefined;
  return {
    ...summary,
    name: basename(directory),
    config,
    seed: Number(config.seed ?? 1),
    meta: readMeta(directory),
    metrics,
    seconds: timing ? (timing.training_seconds ?? 0) + (timing.evaluation_seconds ?? 0) : null,
    lastStep: metrics.at(-1)?.step ?? 0,
  };
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

export function readConfig(path: string): RunConfig {
  try {
    const config: unknown = parse(readFileSync(path, 'utf8'));
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as RunConfig;
  } catch (error) {
    throw new UserError(ExitCode.badData, `${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  throw new UserError(ExitCode.badData, `${path}: not a map of settings`);
}
