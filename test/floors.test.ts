/** The floors of ARCHITECTURE.md: what each folder of src/ may import. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { packageFile } from '../src/support/package.ts';

const floors: Readonly<Record<string, readonly string[]>> = {
  support: [],
  config: ['support'],
  models: ['config', 'support'],
  data: ['models', 'config', 'support'],
  ngrams: ['data', 'config', 'support'],
  tasks: ['ngrams', 'data', 'models', 'config', 'support'],
  engines: ['models', 'config', 'support'],
  training: ['tasks', 'engines', 'data', 'models', 'config', 'support'],
  bench: ['engines', 'models', 'config', 'support'],
  sweeps: ['training', 'tasks', 'engines', 'data', 'models', 'config', 'support'],
  reports: ['training', 'engines', 'data', 'models', 'config', 'support'],
};

const root = packageFile('src');
const imported = /(?:from|import\()\s*['"](\.[^'"]+)['"]/g;

test('imports go down', () => {
  expect(readdirSync(root).sort()).toEqual([...Object.keys(floors), 'cli'].sort());
  const wrong: string[] = [];
  let seen = 0;
  for (const [floor, below] of Object.entries(floors)) {
    for (const file of readdirSync(join(root, floor), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const path = join(root, floor, file);
      for (const [, target] of readFileSync(path, 'utf8').matchAll(imported)) {
        const other = relative(root, join(dirname(path), target!)).split('/')[0]!;
        seen += 1;
        if (other !== floor && !below.includes(other)) wrong.push(`${floor}/${file} imports ${other}`);
      }
    }
  }
  expect(seen).toBeGreaterThan(500);
  expect(wrong).toEqual([]);
});
