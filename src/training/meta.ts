import { cpus, hostname, totalmem } from 'node:os';
import { z } from 'zod';
import type { EngineInfo } from '../engines/engine.ts';
import { countParameters } from '../models/parameters.ts';
import type { ModelSpec } from '../models/spec.ts';
import { replaceFile } from '../support/atomic-file.ts';
import { type CsvMark, markShape } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { type GitState, gitState } from '../support/git.ts';
import { readJsonFile, sealed } from '../support/json-file.ts';
import { version } from '../support/package.ts';
import type { Metrics, Task } from '../tasks/task.ts';
import { runPaths } from './run-directory.ts';

/** meta.json: facts about the run, and about each process that worked on it. */
export interface Meta extends RunFacts {
  readonly sessions: readonly SessionFacts[];
  /** What timing.csv of a run that is over has to be; DONE.json, which is the same from run to run, cannot say it. */
  readonly timing?: CsvMark | undefined;
}

export interface RunFacts {
  readonly config_hash: string;
  /** The engine the run began with, whose instruction set it keeps. */
  readonly engine: EngineInfo;
  readonly parameters: number;
  readonly data: Task['provenance'];
  readonly baseline: Metrics;
  /** Task.dataNote; absent in runs of before there was one. */
  readonly data_note?: string | null;
}

interface SessionFacts {
  readonly started: string;
  readonly from_step: number;
  readonly irnn_run: string;
  readonly git: GitState | null;
  readonly engine: EngineInfo;
  readonly node: string;
  readonly v8: string;
  readonly argv: readonly string[];
  readonly host: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
}

const engineShape = z.looseObject({ engine: z.string(), instructionSet: z.string(), device: z.string() });
const texts = z.record(z.string(), z.union([z.string(), z.number()]));
const shape = z.looseObject({
  config_hash: z.string(),
  engine: engineShape,
  parameters: z.number(),
  data: texts,
  baseline: z.record(z.string(), z.number().nullable()),
  sessions: z.array(z.looseObject({ started: z.string(), from_step: z.number(), engine: engineShape })),
  timing: markShape.optional(),
});

/** Null if there is none. Throws UserError (65) if it is damaged. */
export function readMeta(directory: string): Meta | null {
  const meta = readJsonFile<Meta & { sha256?: string }>(runPaths(directory).meta, shape);
  if (meta === null) return null;
  const { sha256: _, ...rest } = meta;
  return rest;
}

export function describeRun(configHash: string, engine: EngineInfo, task: Task, model: ModelSpec): RunFacts {
  return {
    config_hash: configHash,
    engine,
    parameters: countParameters(model),
    data: task.provenance,
    baseline: task.baseline,
    data_note: task.dataNote,
  };
}

/**
 * Notes in meta.json that this process works on the run from `step` on. Returns a warning if the code or Node.js is
 * not what the last session had: then the result may differ in the last bits from an uninterrupted run's.
 * Throws UserError (65) if the data has changed since the run began.
 */
export function recordSession(directory: string, facts: RunFacts, step: number): string | null {
  const meta = readMeta(directory);
  if (meta && JSON.stringify(meta.data) !== JSON.stringify(facts.data)) {
    throw new UserError(
      ExitCode.badData,
      `${directory}: the data has changed since this run began (see "data" in its meta.json); restore it, or start over with --fresh`,
    );
  }
  const session = describeSession(facts.engine, step);
  writeMeta(directory, {
    ...(meta ?? facts),
    sessions: [...(meta?.sessions ?? []), session],
    timing: undefined, // it goes on
  });
  const before = meta?.sessions.at(-1);
  if (!before || codeOf(before) === codeOf(session)) return null;
  return `continuing with ${codeOf(session)} what ${codeOf(before)} began: the last bits may differ`;
}

/** Vouches for timing.csv once the run is over. */
export function recordTimes(directory: string, timing: CsvMark): void {
  const meta = readMeta(directory);
  if (meta !== null) writeMeta(directory, { ...meta, timing });
}

function writeMeta(directory: string, meta: Meta): void {
  replaceFile(runPaths(directory).meta, `${JSON.stringify(sealed(meta), null, 2)}\n`);
}

function describeSession(engine: EngineInfo, step: number): SessionFacts {
  return {
    started: new Date().toISOString(),
    from_step: step,
    irnn_run: version,
    git: gitState(),
    engine,
    node: process.version,
    v8: process.versions.v8,
    argv: process.argv.slice(2),
    host: hostname(),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
  };
}

/** The commit is left out: what alters results raises the numerics version. */
function codeOf({ irnn_run, node }: SessionFacts): string {
  return `irnn-run ${irnn_run} on Node ${node}`;
}
