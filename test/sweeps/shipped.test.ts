import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { schemaText } from '../../src/config/json-schema.ts';
import { loadSweep } from '../../src/sweeps/load.ts';
import { sweepJsonSchema } from '../../src/sweeps/schema.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'configs/sweeps');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

/** Runs of each, so that a slip in a grid shows. */
const counts: Record<string, number> = {
  'figure-2': 4 * 4 * 3,
  'figure-3': 2 * 4 * 3,
  smoke: (6 - 1 + 6) * 2,
  'table-1': 4 * 7 * 5 * 4,
  'table-1-t150': 7 * 3 * 4,
  'table-2': 2 * 7 * 6 * 4,
  'table-3-brown': 2 * 2 * 2 * 2,
  'table-3-brown-rates': 3 * 3,
  'table-4-speechocean762': 2 * 3 * 3,
};

describe('shipped sweeps', () => {
  test.each(files)('%s', (file) => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const { sweep } = loadSweep(path, { config: {}, slurm: [] });
    expect(sweep.name).toBe(basename(file, '.yaml'));
    expect(sweep.runs).toHaveLength(counts[sweep.name]!);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../sweep.schema.json');
    // Every command line in the head comment works.
    for (const [line] of text.matchAll(/^# {5}irnn-run sweep .*$/gm)) {
      const flags = (name: string) =>
        [...line.matchAll(new RegExp(`--${name} (?:'([^']*)'|(\\S+))`, 'g'))].map(
          (flag) => flag[1] ?? flag[2]!,
        );
      const set = flags('set');
      loadSweep(path, { config: set.length === 0 ? {} : { set }, slurm: flags('slurm') });
    }
  });
});

describe('sweep.schema.json', () => {
  const schema = sweepJsonSchema();

  test('is current (refresh it with: irnn-run schema --sweep --out sweep.schema.json)', () => {
    expect(readFileSync(join(root, 'sweep.schema.json'), 'utf8')).toBe(schemaText(schema));
  });

  test('accepts the shipped sweeps, and no unknown key', () => {
    const zod = z.fromJSONSchema(JSON.parse(schemaText(schema)));
    for (const file of files) {
      expect(zod.safeParse(parse(readFileSync(join(folder, file), 'utf8'))).success, file).toBe(true);
    }
    expect(zod.safeParse({ name: 's', base: 'x.yaml' }).success).toBe(true);
    expect(zod.safeParse({ name: 's', base: 'x.yaml', gird: {} }).success).toBe(false);
  });

  test('describes every key', () => {
    const sections = [schema, ...Object.values(schema.properties!)].flatMap((node) => [
      node,
      ...(node.anyOf ?? []),
    ]);
    const keys = sections.flatMap((node) => Object.entries(node.properties ?? {}));
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter(([, node]) => !node.description).map(([key]) => key)).toEqual([]);
  });
});
