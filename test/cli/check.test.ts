import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import yargs from 'yargs';
import { commandsFor } from '../../src/cli/commands/all.ts';
import { UserError } from '../../src/support/errors.ts';
import { EXAMPLE } from '../config/example.ts';

const directory = mkdtempSync(join(tmpdir(), 'irnn-check-'));
const good = join(directory, 'good.yaml');
const bad = join(directory, 'bad.yaml');
writeFileSync(good, EXAMPLE);
writeFileSync(bad, EXAMPLE.replace('irnn', 'irn'));
afterAll(() => rmSync(directory, { recursive: true }));

let stdout = '';
beforeEach(() => {
  stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** Runs a command line; resolves to the UserError it ends with, or null. */
async function run(...argv: string[]): Promise<UserError | null> {
  try {
    await yargs(argv)
      .command(await commandsFor(argv))
      .strict()
      .fail(false)
      .parseAsync();
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

test('valid files get a line each', async () => {
  expect(await run('check', good, good)).toBeNull();
  expect(stdout).toMatch(new RegExp(`^(ok {2}${good} {2}example-[0-9a-f]{8}-s1\n){2}$`));
});

test('a sweep is told from a config', async () => {
  const sweep = join(directory, 'sweep.yaml');
  writeFileSync(sweep, 'name: s\nbase: good.yaml\nseeds: 3\n');
  const error = await run('check', sweep);
  expect(error?.exitCode).toBe(78);
  expect(error?.message).toContain(`${sweep}:2:1: this is a sweep, not a config`);
  expect(error?.message).toContain(`irnn-run sweep ${sweep} --dry-run`);
});

test('every file is checked before the errors are thrown', async () => {
  const error = await run('check', bad, good, join(directory, 'none.yaml'));
  expect(stdout).toContain(`ok  ${good}`);
  expect(error?.exitCode).toBe(78);
  expect(error?.message).toContain(`${bad}:3:16: model.type: expected one of`);
  expect(error?.message).toContain('none.yaml: no such config file');
  expect((await run('check', join(directory, 'none.yaml')))?.exitCode).toBe(66);
});

test('--json prints a verdict for each file', async () => {
  const error = await run('check', '--json', good, bad, join(directory, 'none.yaml'));
  expect(error?.exitCode).toBe(78);
  const verdicts = JSON.parse(stdout);
  expect(verdicts.map((verdict: { ok: boolean }) => verdict.ok)).toEqual([true, false, false]);
  expect(verdicts[0].run).toMatch(/^example-/);
  expect(verdicts[1].issues[0]).toMatchObject({ file: bad, line: 3, column: 16, path: 'model.type' });
  expect(verdicts[2].error).toContain('no such config file');
});

test('overrides take one value each, wherever they stand', async () => {
  const set = ['--set', 'training.clip={threshold: 1}', '--set', 'model.type=lstm'];
  expect(await run('check', ...set, good, '--seed', '7')).toBeNull();
  expect(stdout).toMatch(/-s7\n$/);
  expect(await run('check', '--set=training.learning_rate=1e-6', '--engine', 'reference', good)).toBeNull();
});

test('errors in flags name the flag, once for all files', async () => {
  const error = await run('check', good, good, '--set', 'model.hiden=3', '--seed', '-1');
  expect(error?.exitCode).toBe(78);
  expect(error?.message.match(/--set model\.hiden=3: unknown key "hiden"/g)).toHaveLength(1);
  expect(error?.message).toContain('--seed -1: seed: expected a whole number');
  expect((await run('check', good, '--set', 'nothing'))?.exitCode).toBe(64);
  expect((await run('check', good, '--seed', '1', '--seed', '2'))?.exitCode).toBe(64);
});

test('schema prints, or writes, the schema', async () => {
  expect(await run('schema')).toBeNull();
  expect(JSON.parse(stdout)).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
  const out = join(directory, 'schema.json');
  expect(await run('schema', '--out', out)).toBeNull();
  expect(readFileSync(out, 'utf8')).toBe(stdout);
  expect((await run('schema', '--out', join(directory, 'no/such/schema.json')))?.exitCode).toBe(73);
});
