import { z } from 'zod';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that describes a config or a sweep. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

let cached: SchemaNode | undefined;

/** JSON Schema (draft 7, which every editor's YAML support reads) of what may be written in a config. */
export function configJsonSchema(): SchemaNode {
  cached ??= z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-07',
  }) as SchemaNode;
  return cached;
}

/** The schema of a config file, for editors: as above, and a file may leave to the config that it extends what is required. */
export function configFileSchema(): SchemaNode {
  const { required, properties, ...rest } = configJsonSchema();
  const parent: SchemaNode = {
    type: 'string',
    description:
      "A config whose keys count where this one says nothing else: a path from this file's folder.",
  };
  const whole = { if: { required: ['extends'] }, else: { required } };
  return { ...rest, properties: { extends: parent, ...properties }, ...whole } as SchemaNode;
}

/** A schema as the text of its file. */
export function schemaText(schema: SchemaNode): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The choices that a union offers; a plain node is its own only choice. */
export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const choices = node.anyOf ?? node.oneOf;
  return choices === undefined ? [node] : choices.flatMap(alternatives);
}

/** The maps among a node's choices. */
export function mapAlternatives(node: SchemaNode): readonly SchemaNode[] {
  return alternatives(node).filter((choice) => choice.properties !== undefined);
}

/** The key whose fixed value tells a map from its alternatives (`type: lstm`), if it has one. */
export function discriminator(node: SchemaNode): { readonly key: string; readonly value: string } | null {
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    if (typeof property.const === 'string') return { key, value: property.const };
  }
  return null;
}

/** The map alternative that the data chose by its discriminator; undefined when it chose none. */
export function chosenMap(node: SchemaNode, data: unknown): SchemaNode | undefined {
  const maps = mapAlternatives(node);
  if (maps.length === 1) return maps[0];
  return maps.find((map) => {
    const choice = discriminator(map);
    return choice !== null && property(data, choice.key) === choice.value;
  });
}

/** The schema of a path under `root`, following the choices that the data makes; undefined for an unknown path. */
export function schemaAt(
  root: SchemaNode,
  path: readonly PropertyKey[],
  data: unknown,
): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  let value = data;
  for (const key of path) {
    if (node === undefined) return undefined;
    const map: SchemaNode | undefined = chosenMap(node, value) ?? mapAlternatives(node)[0];
    node = typeof key === 'number' ? itemOf(node) : (ownProperty(map, String(key)) ?? anyProperty(node));
    value = property(value, key);
  }
  return node;
}

/** What the values of a map with keys of the user's choice are, if the node may be one. */
function anyProperty(node: SchemaNode): SchemaNode | undefined {
  const inner = alternatives(node).map(({ additionalProperties }) => additionalProperties);
  return inner.find((schema) => typeof schema === 'object');
}

/** What the items of a list are, if the node may be a list. */
function itemOf(node: SchemaNode): SchemaNode | undefined {
  return alternatives(node).find(({ items }) => items !== undefined)?.items;
}

/** The value of a key of some data, if it is a map that has it. */
export function property(data: unknown, key: PropertyKey): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, key)
    ? (data as Record<PropertyKey, unknown>)[key]
    : undefined;
}

function ownProperty(map: SchemaNode | undefined, key: string): SchemaNode | undefined {
  return map?.properties !== undefined && Object.hasOwn(map.properties, key)
    ? map.properties[key]
    : undefined;
}
