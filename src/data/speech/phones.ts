import { readFileSync } from 'node:fs';
import { packageRoot } from '../../support/package.ts';

/** The phone labels of TIMIT and how they fold (Lee & Hon 1989): 61 as transcribed, 48 for models, 39 for scoring. */
export const PHONE_MAP_FILE = 'corpora/timit/phones.61-48-39.map';

export interface Phone {
  readonly name: string;
  /** Its name in the set of 39; null for `q`, the glottal stop, which the folding drops. */
  readonly folded: string | null;
}

/** The 61 phones, in the order of the map. A phone's number is its place here. */
export const phones: readonly Phone[] = readFileSync(`${packageRoot}${PHONE_MAP_FILE}`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [name, , folded = null] = line.trim().split(/\s+/);
    return { name: name!, folded };
  });

export const phoneNumbers: ReadonlyMap<string, number> = new Map(phones.map(({ name }, i) => [name, i]));

/** Labels of frames in which nobody speaks: beginning and end, pause, and a silence within a word. */
const silences: ReadonlySet<string> = new Set(['h#', 'pau', 'epi']);

export type TargetSet = 'states' | 'phones' | 'folded';

/** The classes that are recognised in a frame. */
export interface Targets {
  /** Names of the classes; a class is a place here. */
  readonly classes: readonly string[];
  /** Whether a class is silence, by class. */
  readonly silent: readonly boolean[];
  /** Parts into which a segment is cut. */
  readonly parts: number;
  /** The class of a part (0, 1, ...) of a segment of a phone, or null when it has none. */
  classOf(phone: number, part: number): number | null;
}

/**
 * - `states`: 180 classes, three a phone (beginning, middle, end) of the 60 phones without `q`.
 * - `phones`: the 61 phones.
 * - `folded`: the 39 classes of the folding; its silence, `sil`, also holds the closures of stops.
 *
 * In `states` and `folded`, `q` has no class.
 */
export function targetsOf(set: TargetSet): Targets {
  if (set === 'phones') {
    const classes = phones.map(({ name }) => name);
    return {
      classes,
      silent: classes.map((name) => silences.has(name)),
      parts: 1,
      classOf: (phone) => phone,
    };
  }
  if (set === 'folded') {
    const classes = [...new Set(phones.flatMap(({ folded }) => folded ?? []))].sort();
    const classOf = phones.map(({ folded }) => (folded === null ? null : classes.indexOf(folded)));
    return {
      classes,
      silent: classes.map((name) => name === 'sil'),
      parts: 1,
      classOf: (phone) => classOf[phone]!,
    };
  }
  const kept = phones.filter(({ folded }) => folded !== null).map(({ name }) => name);
  const first = phones.map(({ name, folded }) => (folded === null ? null : 3 * kept.indexOf(name)));
  return {
    classes: kept.flatMap((name) => [1, 2, 3].map((part) => `${name}_${part}`)),
    silent: kept.flatMap((name) => [1, 2, 3].map(() => silences.has(name))),
    parts: 3,
    classOf: (phone, part) => (first[phone] === null ? null : first[phone]! + part),
  };
}
