/** The wasm engine by itself: what it shares with native is tested in the suites that run on both. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runName } from '../../src/config/hash.ts';
import { loadConfig } from '../../src/config/load.ts';
import { wasm as wasmRoom } from '../../src/engines/wasm/engine.ts';
import { packageFile } from '../../src/support/package.ts';
import { irnnRun } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { optionsOf, type Shape } from './fixtures.ts';

const smoke = packageFile('configs/smoke.yaml');
const short = ['--set', 'training.steps=60', '--set', 'evaluate.every=20', '--set', 'checkpoint.every=20'];

test('interrupted and continued it ends with the same bytes, and verifies', async () => {
  const [whole, halves] = [temporaryFolder(), temporaryFolder()];
  const argv = (root: string) => [smoke, '--engine', 'wasm', '--out', root, ...short];
  expect(await irnnRun(...argv(whole))).toMatchObject({ exitCode: 0 });
  expect(await irnnRun(...argv(halves), '--until-step', '30')).toMatchObject({ exitCode: 0 });
  expect(await irnnRun(...argv(halves))).toMatchObject({ exitCode: 0 });
  const runOf = (root: string) => join(root, readdirSync(root).find((name) => name.startsWith('smoke'))!);
  for (const file of ['metrics.csv', 'DONE.json', 'checkpoint-60.safetensors']) {
    expect(readFileSync(join(runOf(halves), file)).equals(readFileSync(join(runOf(whole), file))), file).toBe(
      true,
    );
  }
  expect(await irnnRun('verify', runOf(whole))).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('verified'),
  });
});

test('where the native engine is not built it is taken, and said so', () => {
  const folder = temporaryFolder();
  for (const part of ['bin', 'dist', 'configs', 'native/wasm', 'package.json']) {
    cpSync(packageFile(part), join(folder, part), { recursive: true });
  }
  symlinkSync(packageFile('node_modules'), join(folder, 'node_modules'));
  const results = join(folder, 'runs');
  mkdirSync(results);
  const run = (...argv: string[]) =>
    spawnSync('node', ['bin/irnn-run.js', 'configs/smoke.yaml', '--out', results, ...short, ...argv], {
      cwd: folder,
      encoding: 'utf8',
    });
  const { status, stderr } = run();
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/engine: wasm, because the native/),
  });
  const meta = readFileSync(join(results, readdirSync(results)[0]!, 'meta.json'), 'utf8');
  expect(JSON.parse(meta)).toMatchObject({ engine: { engine: 'wasm', instructionSet: 'simd128' } });
  expect(run('--set', 'engine.threads=2', '--fresh').status).toBe(78);
  expect(run('--engine', 'native', '--fresh').status).toBe(69);
}, 60_000);

test('runs of the default and of native have one name, those of wasm another', () => {
  const name = (engine?: string) => runName(loadConfig(smoke, engine === undefined ? {} : { engine }));
  expect(name()).toBe(name('native'));
  expect(name('wasm')).not.toBe(name());
});

test('more than one thread is an error', async () => {
  const found = await irnnRun('check', smoke, '--engine', 'wasm', '--set', 'engine.threads=2');
  expect(found).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('engine.threads') });
});

test.each([
  ['more than it can address', { T: 20_000, B: 500 }],
  ['sizes that overflow its addresses', { T: 400_000, B: 500 }],
])('a network that no memory holds is refused, not attempted: %s', (_, sizes) => {
  const shape: Shape = { cell: 'lstm', head: 'softmax', I: 3, H: 60, O: 4, ...sizes };
  expect(() => wasmRoom.load().create(optionsOf(shape))).toThrow(/memory/);
});
