#!/usr/bin/env node
// Makes src/engines/kernels/description.ts of native/src/interface/description.def.
//
//   node scripts/describe-native.mjs           writes it (npm run describe:native)
//   node scripts/describe-native.mjs --check   fails when it is not what would be written
import { readFileSync, writeFileSync } from 'node:fs';

const source = new URL('../native/src/interface/description.def', import.meta.url);
const target = new URL('../src/engines/kernels/description.ts', import.meta.url);

/** Of each macro, the name of its choices and the type that has them: a cell may lack kernels, the others may not. */
const choices = {
  CELL: { name: 'cells', type: 'Partial<Record<Cell, number>>' },
  HEAD: { name: 'heads', type: "Record<Head['kind'], number>" },
  RULE: { name: 'rules', type: "Record<OptimizerSpec['name'], number>" },
  CLIP: { name: 'clips', type: "Record<'none' | ClipSpec['mode'], number>" },
  ARRAY: { name: 'arrays', type: 'Record<string, number>' },
  PRECISION: { name: 'precisions', type: 'Record<Precision, number>' },
};
const lines = readFileSync(source, 'utf8').split('\n');

const text = `/**
 * What the native engine is told of a network: native/src/interface/description.def in TypeScript.
 * Made by \`npm run describe:native\`; not to be edited.
 */
import type { Cell, Head } from '../../models/spec.ts';
import type { ClipSpec, OptimizerSpec, Precision } from '../engine.ts';

${Object.keys(choices).map(choice).join('\n')}

${table('NETWORK', 'NetworkNumbers', 'networkNumbers')}

${table('LAYER', 'LayerNumbers', 'layerNumbers')}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(
    'src/engines/kernels/description.ts is not what description.def says: run `npm run describe:native`.\n',
  );
  process.exitCode = 1;
}

/** The choices of a macro, by name. */
function choice(macro) {
  const { name, type } = choices[macro];
  const names = lines.flatMap((line) => line.match(new RegExp(`^${macro}\\((\\w+)\\)$`))?.[1] ?? []);
  const numbers = names.map((each, i) => `  ${camel(each)}: ${i},\n`).join('');
  return `export const ${name} = {\n${numbers}} as const satisfies ${type};`;
}

/** The numbers of a macro: their meaning, and their order. */
function table(macro, type, order) {
  const pattern = new RegExp(`^${macro}\\(\\w+, (\\w+), [^"]*"(.*)"\\)$`);
  const rows = lines.flatMap((line) => {
    const [, name, meaning] = line.match(pattern) ?? [];
    return name ? [{ name: camel(name), meaning: sentence(meaning) }] : [];
  });
  return `export interface ${type} {
${rows.map(({ name, meaning }) => `  /** ${meaning} */\n  readonly ${name}: number;`).join('\n')}
}

/** In the order in which they are handed over. */
export const ${order} = [
${rows.map(({ name }) => `  '${name}',`).join('\n')}
] as const satisfies readonly (keyof ${type})[];`;
}

function sentence(meaning) {
  const named = meaning.replace(/\b[A-Z]{2,}\b/, (macro) => `\`${choices[macro].name}\``);
  return `${named[0].toUpperCase()}${named.slice(1)}.`;
}

function camel(name) {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}
