import { createHash } from 'node:crypto';
import { type ConfigIssue, issueAt } from '../config/config-error.ts';
import { entryAt, type Located, type LocatedMap, toPlain } from '../config/located.ts';
import { dottedPath } from '../config/overrides.ts';
import { Philox, Stream } from '../support/philox.ts';
import type { Setting } from './combinations.ts';
import type { SweepSettings } from './schema.ts';

type Random = NonNullable<SweepSettings['random']>;
type Domain = Random['over'][string];
type Range = Exclude<Domain, readonly unknown[]>;

/** Drawn numbers are rounded to so many digits: they can be read and typed, and do not hang on the last bit of a logarithm. */
const DIGITS = 6;
/** A search is given up as having no more to find after so many draws for each trial. */
const DRAWS_A_TRIAL = 1000;

/** One key that a search draws, and where the sweep file says from what. */
interface Drawn {
  readonly setting: Omit<Setting, 'value'>;
  readonly domain: Domain;
  readonly value: Located;
}

/**
 * The trials of a random search: for each, a value for every key that is drawn. A value depends on the search's seed, the
 * trial's number and the key's name alone, so more trials, or more keys, leave those that were there as they were. What
 * was drawn before is passed over. `pinned` keys are not drawn. Adds what is wrong with the ranges to `issues`.
 */
export function drawTrials(
  root: LocatedMap,
  random: SweepSettings['random'],
  pinned: ReadonlySet<string>,
  issues: ConfigIssue[],
): (readonly Setting[])[] | null {
  const over = entryAt(root, ['random', 'over']);
  if (random === null || over?.value.kind !== 'map') return null;
  const keys = [...over.value.entries]
    .filter(([dotted]) => !pinned.has(dotted))
    .map(([dotted, { key, value }]): Drawn => {
      const setting = { dotted, path: dottedPath(dotted, key), key };
      return { setting, domain: random.over[dotted]!, value };
    });
  if (keys.length === 0) return null;
  const wrong = keys.flatMap((key) => [...checkDomain(key)]);
  issues.push(...wrong);
  if (wrong.length > 0) return null;
  const size = keys.reduce((product, key) => product * sizeOf(key.domain), 1);
  // Fewer are left to be different where the shell sets some of the keys.
  const count = pinned.size > 0 ? Math.min(random.count, size) : random.count;
  const trials = new Map<string, readonly Setting[]>();
  for (let trial = 0; trials.size < count && count <= size && trial < count * DRAWS_A_TRIAL; trial++) {
    const settings = keys.map((key) => ({ ...key.setting, value: draw(key, random.seed, trial) }));
    const text = JSON.stringify(settings.map(({ value }) => toPlain(value)));
    if (!trials.has(text)) trials.set(text, settings);
  }
  if (trials.size < count) {
    const there = count > size ? `there are only ${size}` : `only ${trials.size} were found`;
    const message = `random.count: ${count} different trials were asked for, and ${there}`;
    issues.push(issueAt(entryAt(root, ['random', 'count'])!.value.mark, ['random', 'count'], message));
  }
  return [...trials.values()];
}

function* checkDomain({ domain, value, setting: { dotted } }: Drawn): Generator<ConfigIssue> {
  if (Array.isArray(domain)) return;
  const { from, to, log, integer } = domain as Range;
  const at = (message: string) => issueAt(value.mark, ['random', 'over', dotted], `${dotted}: ${message}`);
  if (from >= to) yield at(`from ${from} is not below to ${to}`);
  if (log && from <= 0) yield at(`a logarithmic range starts above 0, not at ${from}`);
  if (integer && !(Number.isSafeInteger(from) && Number.isSafeInteger(to))) {
    yield at(`whole numbers are drawn between whole numbers, not from ${from} to ${to}`);
  }
}

/** How many values there are to draw. */
function sizeOf(domain: Domain): number {
  if (Array.isArray(domain)) return domain.length;
  const { from, to, integer } = domain as Range;
  return integer ? to - from + 1 : Number.POSITIVE_INFINITY;
}

function draw({ domain, value, setting: { dotted } }: Drawn, seed: number, trial: number): Located {
  const section = createHash('sha256').update(dotted).digest().readUInt32LE(0);
  const random = new Philox(seed, Stream.search, trial, section);
  if (value.kind === 'list') return value.items[random.below(value.items.length)]!;
  return { kind: 'scalar', mark: value.mark, value: drawNumber(random, domain as Range) };
}

function drawNumber(random: Philox, { from, to, log, integer }: Range): number {
  // 53 bits, so that wide ranges have no gaps.
  const uniform = ((random.uint32() >>> 5) * 2 ** 26 + (random.uint32() >>> 6)) * 2 ** -53;
  const end = integer ? to + 1 : to;
  const value = log
    ? Math.exp(Math.log(from) + uniform * (Math.log(end) - Math.log(from)))
    : from + uniform * (end - from);
  const rounded = integer ? Math.floor(value) : Number(value.toPrecision(DIGITS));
  return Math.min(to, Math.max(from, rounded));
}
