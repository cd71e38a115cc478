import { isDeepStrictEqual } from 'node:util';
import { property } from '../config/json-schema.ts';
import {
  copyLocated,
  type Entry,
  type Located,
  type LocatedMap,
  type Mark,
  toPlain,
} from '../config/located.ts';
import { applyOverrides, assignAt, dottedPath, type Overrides } from '../config/overrides.ts';

/** A value for one key of a config, and where the sweep file says so. */
export interface Setting {
  readonly dotted: string;
  readonly path: readonly string[];
  readonly key: Mark;
  readonly value: Located;
}

/** The ways in which one thing can vary; each choice sets one key, or several that vary together. */
type Axis = readonly (readonly Setting[])[];

/** A rule for some combinations, and how many it applied to. */
interface Rule {
  readonly when: readonly Setting[];
  readonly set: readonly Setting[];
  readonly mark: Mark;
  matches: number;
}

export interface Combination {
  /** What tells it from the others, the seed left out. */
  readonly settings: readonly Setting[];
  /** Where the fastest-varying key stands; null if nothing varies. */
  readonly mark: Mark | null;
  /**
   * The run as written: a base with everything that the sweep changes, before validation; null if it is excluded.
   * Throws ConfigError if a setting does not fit into the base.
   */
  write(): LocatedMap | null;
}

/** The parts of a sweep file that multiply configs. */
export class Combinations {
  readonly #bases: readonly LocatedMap[];
  readonly #set: readonly Setting[];
  readonly #axes: readonly Axis[];
  readonly #overrides: readonly Rule[];
  readonly #exclude: readonly Rule[];
  readonly #pins: Overrides;

  /**
   * `sweep` has passed its schema; `trials` and `seeds` are the ways in which it varies that it does not write out. `pins`
   * are the shell's overrides: a key that is pinned no longer varies. Throws ConfigError for a key that is no dotted path.
   */
  constructor(
    sweep: LocatedMap,
    bases: readonly LocatedMap[],
    { trials, seeds }: { readonly trials: Axis | null; readonly seeds: Axis | null },
    pins: Overrides,
  ) {
    const pinned = pinnedKeys(pins);
    const free = (axis: Axis): Axis[] => {
      const choices = axis.map((settings) => settings.filter(({ dotted }) => !pinned.has(dotted)));
      return choices.some((settings) => settings.length > 0) ? [choices] : [];
    };
    const grid = settingsOf(sweep, 'grid').map(choicesOf);
    const zip = settingsOf(sweep, 'zip').map(choicesOf);
    const together = (zip[0] ?? []).map((_, row) => zip.map((column) => column[row]!));
    this.#bases = bases;
    this.#set = settingsOf(sweep, 'set');
    this.#axes = [
      ...grid.map((choices) => choices.map((choice) => [choice])),
      ...(zip.length > 0 ? [together] : []),
      ...(trials === null ? [] : [trials]),
      ...(seeds === null ? [] : [seeds]),
    ].flatMap(free);
    this.#overrides = rulesOf(sweep, 'overrides', (item) => ({
      when: settingsOf(item, 'when'),
      set: settingsOf(item, 'set'),
    }));
    this.#exclude = rulesOf(sweep, 'exclude', (item) => ({ when: settingsIn(item), set: [] }));
    this.#pins = pins;
  }

  /** How many there are before any is excluded. */
  get count(): number {
    return this.#axes.reduce((product, axis) => product * axis.length, this.#bases.length);
  }

  /** All of them, the base varying slowest, then the grid in the order of its keys, then `zip`, then the trials of a random search, the seed fastest. */
  *each(): Generator<Combination> {
    for (const base of this.#bases) {
      for (const settings of product(this.#axes)) {
        yield {
          settings: settings.filter(({ dotted }) => dotted !== 'seed'),
          mark: settings.at(-1)?.key ?? null,
          write: () => this.#write(base, settings),
        };
      }
    }
  }

  #write(base: LocatedMap, settings: readonly Setting[]): LocatedMap | null {
    const root = copyLocated(base);
    apply(root, this.#set);
    apply(root, settings);
    for (const rule of this.#overrides) if (matches(rule, root)) apply(root, rule.set);
    const excluded = this.#exclude.filter((rule) => matches(rule, root));
    if (excluded.length > 0) return null;
    applyOverrides(root, this.#pins);
    return root;
  }

  /** Where rules stand that have not applied to anything: most likely a mistake, unless keys are pinned. */
  get unused(): readonly Mark[] {
    return [...this.#overrides, ...this.#exclude]
      .filter((rule) => rule.matches === 0)
      .map(({ mark }) => mark);
  }
}

/** The keys that the shell sets. */
export function pinnedKeys(pins: Overrides): ReadonlySet<string> {
  return new Set([
    ...(pins.set ?? []).map((text) => text.slice(0, text.indexOf('=')).trim()),
    ...(pins.seed === undefined ? [] : ['seed']),
    ...(pins.engine === undefined ? [] : ['engine.name']),
  ]);
}

function* product(axes: readonly Axis[]): Generator<readonly Setting[]> {
  const [first, ...rest] = axes;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const settings of first) for (const others of product(rest)) yield [...settings, ...others];
}

/** Values are copied, lest a later setting that leads into one changes it for all. */
function apply(root: LocatedMap, settings: readonly Setting[]): void {
  for (const { path, key, value } of settings) assignAt(root, path, key, copyLocated(value));
}

/** Whether every condition holds of what is written; a list means any of its values. */
function matches(rule: Rule, root: LocatedMap): boolean {
  const data = toPlain(root);
  const holds = rule.when.every(({ path, value }) => {
    const actual = path.reduce<unknown>(property, data);
    const wanted = value.kind === 'list' ? value.items : [value];
    return wanted.some((item) => isDeepStrictEqual(toPlain(item), actual));
  });
  if (holds) rule.matches += 1;
  return holds;
}

function settingsOf(map: Located, key: string): Setting[] {
  const inner = map.kind === 'map' ? map.entries.get(key)?.value : undefined;
  return inner === undefined ? [] : settingsIn(inner);
}

function settingsIn(map: Located): Setting[] {
  if (map.kind !== 'map') return [];
  return [...map.entries].map(([dotted, { key, value }]: [string, Entry]) => ({
    dotted,
    path: dottedPath(dotted, key),
    key,
    value,
  }));
}

/** Of a key with a list of values: the settings to choose from. An error about a value points at that value. */
function choicesOf({ value, ...rest }: Setting): Setting[] {
  return value.kind === 'list' ? value.items.map((item) => ({ ...rest, value: item })) : [];
}

function rulesOf(
  sweep: LocatedMap,
  key: string,
  read: (item: Located) => Pick<Rule, 'when' | 'set'>,
): Rule[] {
  const list = sweep.entries.get(key)?.value;
  if (list?.kind !== 'list') return [];
  return list.items.map((item) => ({ ...read(item), mark: item.mark, matches: 0 }));
}

/** A setting's value on one line, as it may be written in YAML. */
export function inline(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${inline(inner)}`);
  return `{${entries.join(', ')}}`;
}

/** The settings of a run on one line: `type=irnn learning_rate=0.01`. */
export function describeSettings(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([dotted, value]) => `${dotted.split('.').at(-1)}=${inline(value)}`)
    .join(' ');
}
