import { ExitCode, UserError } from '../support/errors.ts';
import { ConfigError, issueAt } from './config-error.ts';
import { found } from './expected.ts';
import type { Entry, Located, LocatedMap, Mark, Source } from './located.ts';
import { parseYaml } from './parse-yaml.ts';

/** What the command line changes in a config. */
export interface Overrides {
  /** `key=value` texts in their order: a dotted path and a YAML value. */
  readonly set?: readonly string[] | undefined;
  /** Short for `seed=...`; wins over `set`. */
  readonly seed?: string | number | undefined;
  /** Short for `engine.name=...`; wins over `set`. */
  readonly engine?: string | undefined;
  /** Short for `engine.device=...`; wins over `set`. */
  readonly device?: string | undefined;
}

/**
 * Writes the overrides into a config before it is validated, so that they obey the same rules as the file.
 * A value replaces what was there, maps included; a path through null or a missing key creates the maps.
 *
 * Throws UserError (usage) for a text without `=`, ConfigError naming the flag for a bad path or YAML value.
 */
export function applyOverrides(root: LocatedMap, overrides: Overrides): void {
  assignFlags(root, '--set', overrides.set ?? []);
  if (overrides.seed !== undefined) assignShort(root, '--seed', 'seed', String(overrides.seed));
  if (overrides.engine !== undefined) assignShort(root, '--engine', 'engine.name', overrides.engine);
  if (overrides.device !== undefined) assignShort(root, '--device', 'engine.device', overrides.device);
}

/**
 * Writes the `key=value` texts of a repeatable flag. `section` is the map that its keys are in, if not the root.
 * Throws like `applyOverrides`.
 */
export function assignFlags(
  root: LocatedMap,
  flag: string,
  texts: readonly string[],
  section?: string,
): void {
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals <= 0) {
      const example = section === undefined ? `, for example ${flag} training.learning_rate=0.001` : '';
      throw new UserError(ExitCode.usage, `${flag} ${text}: expected key=value${example}`);
    }
    const source: Source = { label: `${flag} ${text}`, text, kind: 'flag' };
    const key = text.slice(0, equals);
    assign(root, section === undefined ? key : `${section}.${key}`, source, equals + 1);
  }
}

function assignShort(root: LocatedMap, flag: string, key: string, value: string): void {
  assign(root, key, { label: `${flag} ${value}`, text: value, kind: 'flag' }, 0);
}

/** Parses the source's text from `from` on, and puts it at the dotted path. */
function assign(root: LocatedMap, dotted: string, source: Source, from: number): void {
  const mark: Mark = { source, start: 0, end: source.text.length };
  const path = dottedPath(dotted, mark);
  assignAt(root, path, mark, parseYaml(source, from) ?? { kind: 'scalar', mark, value: null });
}

/**
 * Puts a value at a path, replacing what was there; a path through null or a missing key creates the maps.
 * `mark` is where the path was written. Throws ConfigError if the path leads through something else than a map.
 */
export function assignAt(root: LocatedMap, path: readonly string[], mark: Mark, value: Located): void {
  let map = root;
  for (const [depth, key] of path.slice(0, -1).entries()) {
    map = stepInto(map, key, path.slice(0, depth + 1), path, mark);
  }
  map.entries.set(path.at(-1)!, { key: mark, value });
}

/** The keys of a dotted path. Throws ConfigError at the mark if it is none. */
export function dottedPath(dotted: string, mark: Mark): string[] {
  const path = dotted.split('.').map((part) => part.trim());
  if (path.includes('')) {
    throw new ConfigError([issueAt(mark, path, `${JSON.stringify(dotted)} is not a dotted path of keys`)]);
  }
  return path;
}

/** The map under a key, made where there is none. */
function stepInto(
  map: LocatedMap,
  key: string,
  sofar: readonly string[],
  path: readonly string[],
  mark: Mark,
): LocatedMap {
  const entry: Entry | undefined = map.entries.get(key);
  if (entry?.value.kind === 'map') return entry.value;
  if (entry !== undefined && !(entry.value.kind === 'scalar' && entry.value.value === null)) {
    const name = sofar.join('.');
    const rest = path.slice(sofar.length).join('.');
    const whole =
      mark.source.kind === 'flag' ? `--set '${name}={${rest}: ...}'` : `${name}: { ${rest}: ... }`;
    const hint = `write the whole map: ${whole}`;
    throw new ConfigError([issueAt(mark, path, `${name} is ${found(entry.value)}, not a map`, hint)]);
  }
  const created: LocatedMap = { kind: 'map', mark, entries: new Map() };
  map.entries.set(key, { key: mark, value: created });
  return created;
}
