/** A text that errors point into: a config file, or one command-line override. */
export interface Source {
  /** The file's path, or the flag as typed. */
  readonly label: string;
  readonly text: string;
  readonly kind: 'file' | 'flag';
}

/** A stretch of a source, as character offsets. */
export interface Mark {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export type Scalar = string | number | boolean | null;

interface LocatedScalar {
  readonly kind: 'scalar';
  readonly mark: Mark;
  readonly value: Scalar;
}

interface LocatedList {
  readonly kind: 'list';
  readonly mark: Mark;
  readonly items: readonly Located[];
}

export interface Entry {
  readonly key: Mark;
  readonly value: Located;
}

export interface LocatedMap {
  readonly kind: 'map';
  readonly mark: Mark;
  readonly entries: Map<string, Entry>;
}

/** YAML data whose keys and values know where they were written. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

/** The data alone. Maps have no prototype, so that no key is special. */
export function toPlain(node: Located): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of node.entries) plain[key] = toPlain(entry.value);
  return plain;
}

/** The key and value written at a path, or undefined. */
export function entryAt(root: LocatedMap, path: readonly PropertyKey[]): Entry | undefined {
  let entry: Entry = { key: root.mark, value: root };
  for (const key of path) {
    const next = childOf(entry.value, key);
    if (next === undefined) return undefined;
    entry = next;
  }
  return entry;
}

/** An item of a list has no key: errors about it point at the item. */
function childOf(node: Located, key: PropertyKey): Entry | undefined {
  if (node.kind === 'map') return node.entries.get(String(key));
  const item = node.kind === 'list' ? node.items[Number(key)] : undefined;
  return item === undefined ? undefined : { key: item.mark, value: item };
}

/** A copy whose maps can be changed without changing the original. */
export function copyLocated<T extends Located>(node: T): T;
export function copyLocated(node: Located): Located {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => copyLocated(item)) };
  const entries = [...node.entries].map(
    ([name, { key, value }]) => [name, { key, value: copyLocated(value) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}

/** The mark's text as written. */
export function textOf(mark: Mark): string {
  return mark.source.text.slice(mark.start, mark.end);
}
