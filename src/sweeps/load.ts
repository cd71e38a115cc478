import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { ConfigError, type ConfigIssue, issueAt } from '../config/config-error.ts';
import { checkMetric } from '../config/cross-checks.ts';
import { explain } from '../config/explain.ts';
import { readConfigMap } from '../config/extends.ts';
import { property } from '../config/json-schema.ts';
import { validateConfig } from '../config/load.ts';
import { entryAt, type Located, type LocatedMap, type Mark, toPlain } from '../config/located.ts';
import { assignFlags, type Overrides } from '../config/overrides.ts';
import { type FileKind, parseMap, readText } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { shippedFile } from '../config/shipped.ts';
import { UserError } from '../support/errors.ts';
import { Combinations, inline, pinnedKeys, type Setting } from './combinations.ts';
import { drawTrials } from './draws.ts';
import { ManifestBuilder, type Sweep } from './manifest.ts';
import { type SlurmSettings, type SweepSettings, sweepJsonSchema, sweepSchema } from './schema.ts';

const sweepFile: FileKind = { name: 'sweep', maxKiB: 256 };

/** More runs than any cluster takes: a slip in a grid. */
const MAX_COMBINATIONS = 100_000;

/** What the command line changes in a sweep. */
export interface SweepOverrides {
  /** Changes in every run's config; a key that is given here no longer varies. */
  readonly config: Overrides;
  /** `key=value` texts for the `slurm` section. */
  readonly slurm: readonly string[];
}

export interface LoadedSweep {
  readonly sweep: Sweep;
  readonly slurm: SlurmSettings;
}

/**
 * Reads a sweep file and its base configs, and validates every combination.
 * Throws ConfigError (78) with everything that is wrong with any of them, UserError (66) if the file cannot be read.
 */
export function loadSweep(file: string, overrides: SweepOverrides): LoadedSweep {
  const root = parseMap(readText(file, sweepFile), file, sweepFile);
  refuseConfig(root, file);
  assignFlags(root, '--slurm', overrides.slurm, 'slurm');
  const parsed = sweepSchema.safeParse(toPlain(root));
  const issues = parsed.success ? [] : explain(parsed.error.issues, root, sweepJsonSchema());
  const bases = readBases(root, file, issues);
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues);
  const settings = parsed.data;
  checkZip(root, issues);
  if (issues.length > 0) throw new ConfigError(issues);
  checkRandom(root, settings, issues);
  checkHalving(root, settings, issues);
  const sweep = expand(root, bases, settings, overrides.config, issues);
  if (issues.length > 0) throw new ConfigError(issues);
  return { sweep, slurm: settings.slurm };
}

/** A config has none of a sweep's keys and all of its own: said at once, not key by key. */
function refuseConfig(root: LocatedMap, file: string): void {
  const own = ['task', 'model', 'training'].flatMap((key) => entryAt(root, [key]) ?? []);
  if (own.length < 2 || entryAt(root, ['base']) !== undefined) return;
  const hint = `run it: irnn-run ${file}; irnn-run init writes a sweep to start from`;
  throw new ConfigError([issueAt(own[0]!.key, [], 'this is a config, not a sweep', hint)]);
}

function readBases(root: LocatedMap, file: string, issues: ConfigIssue[]): LocatedMap[] {
  const value = root.entries.get('base')?.value;
  const paths = value === undefined ? [] : value.kind === 'list' ? value.items : [value];
  return paths.flatMap((path) => {
    if (path.kind !== 'scalar' || typeof path.value !== 'string') return []; // the schema has said so
    try {
      const beside = isAbsolute(path.value) ? path.value : join(dirname(file), path.value);
      const base = existsSync(beside) ? beside : (shippedFile('config', path.value) ?? beside);
      return [readConfigMap(base)];
    } catch (error) {
      if (error instanceof ConfigError) issues.push(...error.issues);
      else if (error instanceof UserError) issues.push(issueAt(path.mark, ['base'], error.message));
      else throw error;
      return [];
    }
  });
}

function checkZip(root: LocatedMap, issues: ConfigIssue[]): void {
  const zip = root.entries.get('zip')?.value;
  if (zip?.kind !== 'map') return;
  const [first, ...others] = [...zip.entries].map(([name, { value }]) => ({
    name,
    mark: value.mark,
    length: value.kind === 'list' ? value.items.length : 0,
  }));
  for (const { name, mark, length } of others) {
    if (length === first!.length) continue;
    const message = `zip: ${name} has ${length} values, ${first!.name} has ${first!.length}`;
    issues.push(
      issueAt(mark, ['zip', name], message, 'keys under zip vary together; use grid for all combinations'),
    );
  }
}

function checkRandom(root: LocatedMap, { random }: SweepSettings, issues: ConfigIssue[]): void {
  if (random === null || Object.keys(random.over).length > 0) return;
  const { key } = entryAt(root, ['random', 'over'])!;
  const hint = 'for example training.learning_rate: { from: 0.0001, to: 0.1, log: true }';
  issues.push(issueAt(key, ['random', 'over'], 'random.over: nothing to draw', hint));
}

function checkHalving(root: LocatedMap, { halving, select }: SweepSettings, issues: ConfigIssue[]): void {
  if (halving === null) return;
  const at = (...path: (string | number)[]) => entryAt(root, ['halving', ...path])!;
  if (select === null) {
    const hint = 'for example select: { metric: valid_mse }';
    issues.push(issueAt(at().key, ['halving'], 'halving needs "select": what the best runs are', hint));
  }
  for (const [index, rung] of halving.rungs.entries()) {
    if (index > 0 && rung <= halving.rungs[index - 1]!) {
      const message = `halving.rungs: ${rung} does not come after ${halving.rungs[index - 1]}`;
      issues.push(issueAt(at('rungs', index).value.mark, ['halving', 'rungs'], message));
    }
  }
}

function expand(
  root: LocatedMap,
  bases: readonly LocatedMap[],
  settings: SweepSettings,
  pins: Overrides,
  issues: ConfigIssue[],
): Sweep {
  const trials = drawTrials(root, settings.random, pinnedKeys(pins), issues);
  const seeds = seedAxis(root, settings.seeds);
  const combinations = new Combinations(root, bases, { trials, seeds }, pins);
  const start: Mark = { ...root.mark, end: root.mark.start };
  if (combinations.count > MAX_COMBINATIONS) {
    throw new ConfigError([
      issueAt(start, [], `${combinations.count} combinations, more than ${MAX_COMBINATIONS}`),
    ]);
  }
  const found = new Findings(issues);
  const manifest = new ManifestBuilder();
  const seen = new Map<string, number>();
  let number = 0;
  for (const { settings: varied, mark, write } of combinations.each()) {
    number += 1;
    const config = found.collect(() => {
      const written = write();
      return written === null ? null : validateConfig(written);
    });
    if (config === null) continue;
    found.add([...checkSelection(root, settings, config)]);
    const names = bases.length > 1 ? { name: config.name } : {};
    const differences = { ...names, ...plainSettings(varied) };
    const run = manifest.add(config, groupOf(config, settings.select), differences);
    const twin = seen.get(run.run);
    if (twin !== undefined) {
      const message = `combinations ${twin} and ${number} are the same run, ${run.run}`;
      const hint = 'a value is listed twice, or a later setting replaces what tells them apart';
      found.add([issueAt(mark ?? start, [], message, hint)]);
    }
    seen.set(run.run, number);
  }
  const pinned = pins.set !== undefined || pins.seed !== undefined || pins.engine !== undefined;
  if (!pinned) {
    for (const mark of combinations.unused) {
      const hint = 'it is compared with what is written, not with defaults';
      found.add([issueAt(mark, [], 'this rule matches no combination', hint)]);
    }
  }
  if (issues.length === 0 && seen.size === 0)
    found.add([issueAt(start, [], 'every combination is excluded')]);
  return manifest.build(settings);
}

/** Whether the sweep's way of choosing means something for a config. */
function* checkSelection(root: LocatedMap, { select, halving }: SweepSettings, config: Config) {
  if (select !== null) {
    const path = ['select', 'metric'];
    for (const { message, hint } of checkMetric(path, select.metric, config.task.name)) {
      yield issueAt(entryAt(root, path)!.value.mark, path, message, hint);
    }
    for (const [index, dotted] of select.each.entries()) {
      if (valueAt(config, dotted) !== undefined) continue;
      const { mark } = entryAt(root, ['select', 'each', index])!.value;
      yield issueAt(mark, ['select', 'each'], `select.each: a config here has no key "${dotted}"`);
    }
  }
  for (const [index, rung] of (halving?.rungs ?? []).entries()) {
    const { mark } = entryAt(root, ['halving', 'rungs', index])!.value;
    const at = (message: string) => issueAt(mark, ['halving', 'rungs'], `halving.rungs: ${message}`);
    const { steps } = config.training;
    const { every } = config.evaluate;
    if (rung >= steps) yield at(`${rung} is not below training.steps (${steps})`);
    if (rung % every !== 0) yield at(`no evaluation at step ${rung} (evaluate.every is ${every})`);
  }
}

function groupOf(config: Config, select: SweepSettings['select']): string {
  return (select?.each ?? []).map((dotted) => `${dotted}=${inline(valueAt(config, dotted))}`).join(' ');
}

function valueAt(config: Config, dotted: string): unknown {
  return dotted.split('.').reduce<unknown>(property, config);
}

function plainSettings(settings: readonly Setting[]): Record<string, unknown> {
  return Object.fromEntries(settings.map(({ dotted, value }) => [dotted, toPlain(value)]));
}

/** `seeds: 3` and `seeds: [1, 2, 3]` are the same. */
function seedAxis(root: LocatedMap, seeds: SweepSettings['seeds']): (readonly Setting[])[] | null {
  const entry = root.entries.get('seeds');
  if (seeds === undefined || entry === undefined) return null;
  const { key, value } = entry;
  const items: readonly Located[] =
    value.kind === 'list'
      ? value.items
      : Array.from({ length: seeds as number }, (_, i) => ({
          kind: 'scalar',
          mark: value.mark,
          value: i + 1,
        }));
  return items.map((item) => [{ dotted: 'seed', path: ['seed'], key, value: item }]);
}

/** The same mistake shows in many combinations; it is reported once. */
class Findings {
  readonly #seen = new Set<string>();

  constructor(private readonly issues: ConfigIssue[]) {}

  /** What `make` returns, or null if it finds mistakes. */
  collect<T>(make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.add(error.issues);
      return null;
    }
  }

  add(found: readonly ConfigIssue[]): void {
    for (const issue of found) {
      const key = JSON.stringify([issue.file, issue.line, issue.column, issue.message]);
      if (!this.#seen.has(key)) this.issues.push(issue);
      this.#seen.add(key);
    }
  }
}
