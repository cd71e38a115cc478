import {
  configJsonSchema,
  discriminator,
  mapAlternatives,
  type SchemaNode,
} from '../../src/config/json-schema.ts';

/** One key of the config that holds a value of its own. */
export interface SchemaKey {
  /** Dotted path, e.g. `model.forget_bias`. */
  readonly path: string;
  /** The choices under which the key exists, e.g. `{ 'model.type': 'lstm' }`; empty for always. */
  readonly when: Readonly<Record<string, string>>;
  readonly schema: SchemaNode;
}

/** All leaf keys of the config schema, every variant of every union included. */
export function schemaKeys(): readonly SchemaKey[] {
  return walk(configJsonSchema(), [], {});
}

function walk(
  node: SchemaNode,
  path: readonly string[],
  when: Readonly<Record<string, string>>,
): readonly SchemaKey[] {
  const maps = mapAlternatives(node);
  if (maps.length === 0) return [{ path: path.join('.'), when, schema: node }];
  return maps.flatMap((map) => {
    const choice = discriminator(map);
    const inner = choice === null ? when : { ...when, [[...path, choice.key].join('.')]: choice.value };
    return Object.entries(map.properties ?? {}).flatMap(([key, property]) =>
      walk(property, [...path, key], inner),
    );
  });
}
