import type { z } from 'zod';
import { type ConfigIssue, issueAt } from './config-error.ts';
import { choicesOf, expected, found, textHint } from './expected.ts';
import {
  chosenMap,
  discriminator,
  mapAlternatives,
  property,
  type SchemaNode,
  schemaAt,
} from './json-schema.ts';
import { entryAt, type LocatedMap, toPlain } from './located.ts';
import { didYouMean } from './suggest.ts';
import { type Judged, placeOf, unknownKeyHint } from './unknown-key.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Says in the user's words, and where, what a schema found wrong with what was written. */
export function explain(issues: readonly Issue[], root: LocatedMap, schema: SchemaNode): ConfigIssue[] {
  const judged: Judged = { root, data: toPlain(root), schema };
  return issues.flatMap((issue) => explainOne(issue, issue.path, judged));
}

function explainOne(issue: Issue, path: Path, judged: Judged): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...path, key], judged));
  }
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.find((branch) => !branch.some(rejectsWhole));
    if (deeper !== undefined) {
      return deeper.flatMap((inner) => explainOne(inner, [...path, ...inner.path], judged));
    }
  }
  return [
    entryAt(judged.root, path) === undefined ? missingKey(path, judged) : badValue(issue, path, judged),
  ];
}

/** Whether a branch of a union rejects the value as such, rather than something inside it. */
function rejectsWhole(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function unknownKey(path: Path, judged: Judged): ConfigIssue {
  const message = `unknown key ${JSON.stringify(String(path.at(-1)))}${placeOf(path.slice(0, -1), judged)}`;
  return issueAt(entryAt(judged.root, path)!.key, path, message, unknownKeyHint(path, judged));
}

function missingKey(path: Path, judged: Judged): ConfigIssue {
  const { root, data, schema } = judged;
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const node = schemaAt(schema, path, data);
  const choices = discriminatorChoices(path, judged);
  const wanted = choices ?? (node === undefined ? null : expected(node));
  const about = node?.description === undefined || choices !== null ? '' : ` (${node.description})`;
  const hint = wanted === null ? null : `expected ${key}: ${wanted}${about}`;
  const mark = parent.length === 0 ? { ...root.mark, end: root.mark.start } : entryAt(root, parent)!.key;
  return issueAt(mark, path, `missing key "${key}"${placeOf(parent, judged)}`, hint);
}

function badValue(issue: Issue, path: Path, judged: Judged): ConfigIssue {
  const { root, data, schema } = judged;
  const { value } = entryAt(root, path)!;
  const node = schemaAt(schema, path, data);
  const choices = discriminatorChoices(path, judged);
  const name = path.join('.');
  if (issue.code === 'invalid_format' || issue.code === 'custom') {
    return issueAt(value.mark, path, `${name}: ${issue.message}, found ${found(value)}`);
  }
  const wanted = choices ?? (node === undefined ? issue.message : expected(node));
  let hint: string | null = null;
  if (value.kind === 'scalar' && typeof value.value === 'string' && node !== undefined) {
    const texts = choices === null ? choicesOf(node) : variantNames(path, judged);
    hint = didYouMean(value.value, texts) ?? textHint(node, value.value);
  }
  return issueAt(value.mark, path, `${name}: expected ${wanted}, found ${found(value)}`, hint);
}

/** For the key that chooses between maps (`model.type`): all its values, in words. */
function discriminatorChoices(path: Path, judged: Judged): string | null {
  const names = variantNames(path, judged);
  return names.length < 2 ? null : `one of ${names.join(', ')}`;
}

function variantNames(path: Path, { data, schema }: Judged): readonly string[] {
  const parent = schemaAt(schema, path.slice(0, -1), data);
  if (parent === undefined) return [];
  const maps = mapAlternatives(parent);
  if (maps.length < 2) return [];
  const chosen = chosenMap(parent, path.slice(0, -1).reduce(property, data));
  const choices = maps.map(discriminator);
  return chosen === undefined && choices.every((choice) => choice?.key === path.at(-1))
    ? choices.map((choice) => choice!.value)
    : [];
}
