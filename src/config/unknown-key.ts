import {
  chosenMap,
  configJsonSchema,
  discriminator,
  mapAlternatives,
  property,
  type SchemaNode,
  schemaAt,
} from './json-schema.ts';
import { entryAt, type LocatedMap } from './located.ts';
import { closest, configWord } from './suggest.ts';

type Path = readonly PropertyKey[];

/** ` in model (type irnn)`: where a key stands, as the end of a sentence. Empty for the top level. */
export function placeOf(path: Path, judged: Judged): string {
  if (path.length === 0) return '';
  const choice = choiceAt(path, judged);
  return ` in ${path.join('.')}${choice === null ? '' : ` (${choice.key}: ${choice.value})`}`;
}

/** What was probably meant by an unknown key. */
export function unknownKeyHint(path: Path, judged: Judged): string | null {
  const { data, schema } = judged;
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const node = schemaAt(schema, parent, data);
  if (node === undefined) return null;
  const elsewhere = mapAlternatives(node)
    .filter((map) => hasKey(map, key))
    .map((map) => discriminator(map)?.value);
  if (elsewhere.length > 0) {
    return `"${key}" means something for ${elsewhere.join(', ')} only${replaceHint(path, judged)}`;
  }
  const here = chosenMap(node, parent.reduce(property, data));
  const known = Object.keys(here?.properties ?? {});
  const guess = closest(key, known);
  if (guess !== null) return `did you mean "${guess}"?`;
  for (const name of [key, configWord(key)]) {
    const homes = name === undefined ? [] : placesOf(schema, name, []);
    if (homes.length > 0) return `"${name}" belongs under ${homes.join(' or ')}`;
  }
  return known.length === 0 ? null : `known keys: ${known.join(', ')}`;
}

/** When a flag changed the type of a map whose other keys stand in the file: how to replace the map. */
function replaceHint(keyPath: Path, judged: Judged): string {
  const { root } = judged;
  const path = keyPath.slice(0, -1);
  const choice = choiceAt(path, judged);
  if (choice === null || entryAt(root, keyPath)?.key.source.kind === 'flag') return '';
  const mark = entryAt(root, [...path, choice.key])?.value.mark;
  if (mark?.source.kind !== 'flag') return '';
  const { label } = mark.source;
  return `; ${label} keeps the map's other keys: replace them with --set '${path.join('.')}={${choice.key}: ${choice.value}, ...}'`;
}

function choiceAt(
  path: Path,
  { data, schema }: Judged,
): { readonly key: string; readonly value: string } | null {
  const node = schemaAt(schema, path, data);
  if (node === undefined || mapAlternatives(node).length < 2) return null;
  const map = chosenMap(node, path.reduce(property, data));
  return map === undefined ? null : discriminator(map);
}

function hasKey(map: SchemaNode, key: string): boolean {
  return map.properties !== undefined && Object.hasOwn(map.properties, key);
}

/** The dotted paths of the config's keys with a name. */
export function placesOfKey(key: string): string[] {
  return placesOf(configJsonSchema(), key, []).map((place) => (place === TOP ? key : `${place}.${key}`));
}

const TOP = 'the top level';

/** The maps of the schema, by dotted path, that know a key. */
function placesOf(node: SchemaNode, key: string, path: readonly string[]): string[] {
  const places = new Set<string>();
  for (const map of mapAlternatives(node)) {
    if (hasKey(map, key)) places.add(path.length === 0 ? TOP : path.join('.'));
    for (const [name, inner] of Object.entries(map.properties ?? {})) {
      for (const place of placesOf(inner, key, [...path, name])) places.add(place);
    }
  }
  return [...places];
}

/** What was written, as it stands and as data, and the schema that judged it. */
export interface Judged {
  readonly root: LocatedMap;
  readonly data: unknown;
  readonly schema: SchemaNode;
}
