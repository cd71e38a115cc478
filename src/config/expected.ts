import { alternatives, discriminator, type SchemaNode } from './json-schema.ts';
import { type Located, textOf } from './located.ts';

/** What a schema asks for, in words: `a whole number of at least 1 or "fresh"`. */
export function expected(node: SchemaNode): string {
  const choices = alternatives(node);
  const maps = choices.filter((choice) => choice.properties !== undefined);
  const words = choices.filter((choice) => choice.properties === undefined).flatMap(scalarWords);
  if (maps.length > 0) words.push(mapWords(maps));
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** What was written instead. */
export function found(node: Located): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing (null)';
  if (typeof node.value !== 'string') return textOf(node.mark);
  const text = node.value.length > 60 ? `${node.value.slice(0, 57)}...` : node.value;
  return `the text ${JSON.stringify(text)}`;
}

/** The fixed texts a schema accepts, for "did you mean". */
export function choicesOf(node: SchemaNode): readonly string[] {
  return alternatives(node).flatMap((choice) =>
    [choice.const, ...(choice.enum ?? [])].filter((value) => typeof value === 'string'),
  );
}

/** Why a text does not count as the number or truth value that was asked for, where that is plain. */
export function textHint(node: SchemaNode, value: string): string | null {
  const types = alternatives(node).map((choice) => choice.type);
  if (types.includes('boolean') && /^(yes|no|on|off|y|n)$/i.test(value)) return 'write true or false';
  if (!types.includes('number') && !types.includes('integer')) return null;
  if (value.trim() !== '' && Number.isFinite(Number(value))) return 'remove the quotes';
  const digits = value.replace(/[_,']/g, '');
  return /^[-+.\de]+$/i.test(digits) && Number.isFinite(Number(digits)) ? `write ${digits}` : null;
}

function scalarWords(node: SchemaNode): string[] {
  if (node.const !== undefined) return [JSON.stringify(node.const)];
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value));
  if (node.type === 'integer') return [`a whole number${range(node)}`];
  if (node.type === 'number') return [`a number${range(node)}`];
  if (node.type === 'boolean') return ['true', 'false'];
  if (node.type === 'array')
    return [node.items === undefined ? 'a list' : `a list of ${expected(node.items)}`];
  if (node.type === 'object') return ['a map'];
  return [node.type === 'string' ? 'text' : (node.type ?? 'a value')];
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) {
    return ` from ${minimum} to ${maximum}`.replaceAll('e+', 'e');
  }
  if (minimum !== undefined && exclusiveMaximum !== undefined) {
    return ` of at least ${minimum} and less than ${exclusiveMaximum}`;
  }
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
}

function mapWords(maps: readonly SchemaNode[]): string {
  const first = maps[0]!;
  const choice = discriminator(first);
  if (choice === null || maps.length === 1) {
    const keys = Object.keys(first.properties!);
    return keys.length === 1 ? `a map with the key ${keys[0]}` : `a map with keys such as ${keys[0]}`;
  }
  return `a map such as { ${choice.key}: ${choice.value}, ... }`;
}
