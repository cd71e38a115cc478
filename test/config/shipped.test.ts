import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configFileSchema, configJsonSchema, schemaText } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { UserError } from '../../src/support/errors.ts';
import { EXAMPLE } from './example.ts';
import { schemaKeys } from './schema-keys.ts';

const root = join(import.meta.dirname, '../..');
const configs = readdirSync(join(root, 'configs'), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('sweeps/'))
  .sort();

describe('shipped configs', () => {
  test('there is one for every curve of Figures 2 and 3', () => {
    const names = configs.map((file) => basename(file, '.yaml'));
    for (const model of ['', '-lstm', '-rnn-tanh', '-rnn-relu']) {
      const curves = ['adding-t150', 'adding-t200', 'adding-t300', 'adding-t400', 'mnist', 'mnist-permuted'];
      expect(names).toEqual(expect.arrayContaining(curves.map((curve) => curve + model)));
    }
    expect(names).toEqual(expect.arrayContaining(['smoke', 'quickstart']));
  });

  test('there is one for every row of Table 4, on three corpora, as the script writes them', () => {
    expect(configs.filter((file) => file.startsWith('table-4/'))).toHaveLength(36);
    execFileSync(process.execPath, [join(root, 'scripts/make-table-4-configs.mjs'), '--check']);
  });

  test('there is one for every row of Table 3, on Brown and on the 1 Billion Word benchmark', () => {
    const rows = ['lstm', 'irnn-4x512', 'irnn-1024p512', 'rnn-tanh-4x512', 'rnn-tanh-1024p512'];
    for (const text of ['brown', 'lm1b']) {
      expect(configs).toEqual(expect.arrayContaining(rows.map((row) => `${text}-${row}.yaml`)));
    }
  });

  test.each(configs)('%s', (file) => {
    const path = join(root, 'configs', file);
    const text = readFileSync(path, 'utf8');
    expect(loadConfig(path).name).toBe(basename(file, '.yaml'));
    const up = '../'.repeat(file.split('/').length);
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${up}config.schema.json`);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    // Every line of flags in the head comment works, as do the flags inside sentences.
    for (const match of text.matchAll(/^# {5}(--set .*)$|(--set [a-z_.]+=[\w.]+)/gm)) {
      const flags = [...(match[1] ?? match[2]!).matchAll(/--set (?:'([^']*)'|(\S+))/g)];
      loadConfig(path, { set: flags.map((flag) => flag[1] ?? flag[2]!) });
    }
  });
});

describe('config.schema.json', () => {
  test('is current (refresh it with: irnn-run schema --out config.schema.json)', () => {
    expect(readFileSync(join(root, 'config.schema.json'), 'utf8')).toBe(schemaText(configFileSchema()));
  });

  test('accepts the shipped configs, and no unknown key', () => {
    // JSON Schema's patterns are Unicode ones; zod reads them without the flag, and would take \p{Cc} for letters.
    const isUnicode = (key: string, value: unknown) => key === 'pattern' && String(value).includes('\\p{');
    const schema = z.fromJSONSchema(
      JSON.parse(schemaText(configJsonSchema()), (key, value) => (isUnicode(key, value) ? undefined : value)),
    );
    for (const file of configs) {
      const data: unknown = parse(readFileSync(join(root, 'configs', file), 'utf8'));
      expect(schema.safeParse(data).success, file).toBe(true);
    }
    expect(schema.safeParse(parse(EXAMPLE)).success).toBe(true);
    expect(schema.safeParse(parse(`${EXAMPLE}sed: 1`)).success).toBe(false);
    expect(schema.safeParse(parse(EXAMPLE.replace('irnn', 'irnn, forget_bias: 1'))).success).toBe(false);
  });

  test('describes every key', () => {
    expect(schemaKeys().filter(({ schema }) => !schema.description)).toEqual([]);
  });
});

describe('files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'irnn-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const failure = (name: string, content?: string | Uint8Array) => {
    const file = join(directory, name);
    if (content !== undefined) writeFileSync(file, content);
    try {
      loadConfig(file);
    } catch (error) {
      if (error instanceof UserError)
        return [error.exitCode, error.message.replace(file, 'F').split('\n')[0]];
      throw error;
    }
    throw new Error('valid');
  };

  test('that are no text', () => {
    expect(failure('latin1', Buffer.from(`# caf\xe9\n${EXAMPLE}`, 'latin1'))).toEqual([
      78,
      'F:1:6: not UTF-8 text',
    ]);
    expect(failure('utf16', Buffer.from(`\ufeff${EXAMPLE}`, 'utf16le'))).toEqual([
      78,
      'F:1:1: not UTF-8 text',
    ]);
  });

  test('that are too large, without parsing them', () => {
    const keys = Array.from({ length: 400_000 }, (_, index) => `k${index}: 1\n`).join('');
    expect(failure('keys', keys)).toEqual([78, 'F:1:1: larger than 64 KiB, which no config needs']);
    expect(failure('many', keys.slice(0, 64_000))[0]).toBe(78);
  });

  test('that expand like a bomb', () => {
    const lines = Array.from({ length: 9 }, (_, i) => `k${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]\n`);
    expect(failure('bomb', `k: &a-1 x\n${lines.join('')}`)[0]).toBe(78);
  });

  test('that are not there', () => {
    expect(failure('missing')).toEqual([66, 'F: no such config file']);
    expect(failure('.')[0]).toBe(66);
  });

  test('with a byte order mark are fine', () => {
    const file = join(directory, 'bom');
    writeFileSync(file, `\ufeff${EXAMPLE}`);
    expect(loadConfig(file).name).toBe('example');
  });
});
