import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { configHash, runName } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';
import { replaceFile } from '../support/atomic-file.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { readRegular } from '../support/regular-file.ts';
import type { SweepSettings } from './schema.ts';
import { workloadOf } from './speeds.ts';

/** What the manifest says of one run, its config left out. */
export interface SweepRun {
  /** From 0: the number of its line. */
  readonly index: number;
  /** Name of its run directory. */
  readonly run: string;
  readonly config_hash: string;
  readonly seed: number;
  /** Runs that differ in nothing but the seed share this number. */
  readonly combination: number;
  /** Those it is compared with have the same text: the values of `select.each`. */
  readonly group: string;
  /** What the sweep varies, by dotted path. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Runs with the same text take equally long a step. */
  readonly workload: string;
  /** Updates of the complete run, and what ends it sooner. */
  readonly steps: number;
  readonly stop: Config['stop'];
}

/** A sweep as its manifest has it. */
export interface Sweep {
  readonly name: string;
  readonly select: SweepSettings['select'];
  readonly halving: SweepSettings['halving'];
  readonly runs: readonly SweepRun[];
  /** The manifest: a first line about the sweep, then one line a run with its whole config. */
  readonly text: string;
}

interface Header {
  readonly sweep: string;
  readonly runs: number;
  readonly select: SweepSettings['select'];
  readonly halving: SweepSettings['halving'];
}

/** Collects runs, and lets go of each config once its line is written: thousands of them need not fit in memory. */
export class ManifestBuilder {
  readonly #runs: SweepRun[] = [];
  readonly #lines: string[] = [];
  readonly #combinations = new Map<string, number>();

  add(config: Config, group: string, settings: Readonly<Record<string, unknown>>): SweepRun {
    const hash = configHash(config);
    // Names may differ where hashes do not, so both count.
    const key = `${config.name} ${hash}`;
    const combination = this.#combinations.get(key) ?? this.#combinations.size;
    this.#combinations.set(key, combination);
    const run: SweepRun = {
      index: this.#runs.length,
      run: runName(config),
      config_hash: hash,
      seed: config.seed,
      combination,
      group,
      settings,
      workload: workloadOf(config),
      steps: config.training.steps,
      stop: config.stop,
    };
    this.#runs.push(run);
    this.#lines.push(JSON.stringify({ ...run, config }));
    return run;
  }

  build({ name, select, halving }: Pick<SweepSettings, 'name' | 'select' | 'halving'>): Sweep {
    const header: Header = { sweep: name, runs: this.#runs.length, select, halving };
    const text = `${[JSON.stringify(header), ...this.#lines].join('\n')}\n`;
    return { name, select, halving, runs: this.#runs, text };
  }
}

/** A sweep's folder, named like a run directory after what is in it: a changed sweep file is another sweep. */
export function sweepPaths(root: string, sweep: Pick<Sweep, 'name' | 'text'>) {
  const hash = createHash('sha256').update(sweep.text).digest('hex').slice(0, 8);
  const folder = join(root, `${sweep.name}-${hash}.sweep`);
  return {
    folder,
    manifest: join(folder, 'manifest.jsonl'),
    logs: join(folder, 'logs'),
    slurm: join(folder, 'slurm'),
    table: join(folder, 'runs.csv'),
    selection: join(folder, 'selection.json'),
  };
}

/** Writes the manifest unless it is there, and returns where everything of the sweep is. Throws UserError (73). */
export function writeManifest(root: string, sweep: Sweep): ReturnType<typeof sweepPaths> {
  const paths = sweepPaths(root, sweep);
  try {
    mkdirSync(paths.logs, { recursive: true });
    mkdirSync(paths.slurm, { recursive: true });
  } catch (error) {
    const reason = (error as Error).message;
    throw new UserError(ExitCode.cannotCreate, `${paths.folder}: cannot create it (${reason})`, {
      cause: error,
    });
  }
  if (!existsSync(paths.manifest) || readRegular(paths.manifest).toString() !== sweep.text) {
    replaceFile(paths.manifest, sweep.text);
  }
  return paths;
}

/** Reads a manifest back. Throws UserError: 66 if it is not there, 65 if it is damaged. */
export function readManifest(path: string): Sweep {
  const text = readLines(path);
  const [first, ...lines] = text.trimEnd().split('\n');
  try {
    const { sweep: name, runs: count, select, halving } = JSON.parse(first!) as Header;
    const runs = lines.map((line) => {
      const { config: _, ...run } = JSON.parse(line) as SweepRun & { config: unknown };
      return run;
    });
    // Older manifests do not say when a run ends early.
    const isWhole = runs.length === count && runs.every(({ stop }) => stop !== undefined);
    if (name !== undefined && isWhole) return { name, select, halving, runs, text };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UserError(ExitCode.badData, `${path}: not a whole manifest; start the sweep again to restore it`);
}

/**
 * The config of one run. Throws UserError: 66 if the manifest is not there, 64 if it has no such run, 65 if the
 * config is not the one whose hash stands beside it.
 */
export function readRunConfig(path: string, index: number): Config {
  return runConfig(path, readLines(path), index);
}

/** The same from a manifest's text; `path` stands for it in errors. */
export function runConfig(path: string, text: string, index: number): Config {
  const line = text.split('\n')[index + 1];
  if (line === undefined || line === '' || index < 0) {
    throw new UserError(ExitCode.usage, `${path}: has no run ${index}`);
  }
  try {
    const { config, run } = JSON.parse(line) as SweepRun & { config: Config };
    if (runName(config) === run) return config;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  const advice = 'start the sweep again to restore the manifest';
  throw new UserError(ExitCode.badData, `${path}: run ${index} is not what its hash says; ${advice}`);
}

function readLines(path: string): string {
  if (!existsSync(path)) throw new UserError(ExitCode.missingInput, `${path}: no such manifest`);
  return readRegular(path).toString();
}
