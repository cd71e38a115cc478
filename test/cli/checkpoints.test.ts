/** What a run leaves is enough for other programs: predictions, exported data, and the same scores in PyTorch. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/support/safetensors.ts';
import { folderOf, goodFiles } from '../data/mnist-files.ts';
import { smallCorpus } from '../data/speech/corpus-files.ts';
import { folderWith, randomText } from '../data/text/text-files.ts';
import { onlyRun } from '../faults/program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

/** A Python with torch, numpy and yaml: TORCH_PYTHON, or the one on the path, or Debian's. */
const python = [process.env.TORCH_PYTHON ?? '', 'python3', '/usr/bin/python3'].find(
  (name) => name !== '' && spawnSync(name, ['-c', 'import torch, numpy, yaml']).status === 0,
);
if (python === undefined)
  console.warn('PyTorch is not compared with: no python3 here has torch, numpy and yaml');

const text = () =>
  folderWith({
    'train.txt': randomText(1, 90),
    'valid.txt': randomText(2, 30),
    'test.txt': randomText(3, 60),
  });
const quick = '{ steps: 6, batch: 3, learning_rate: 0.1, clip: { threshold: 1 } }';

/** Of each task a small run: its config's lines, the file that it keeps, and its sequences in the test split. */
const runs = {
  adding: () => ({
    task: '{ name: adding, T: 5, train_size: 50, valid_size: 8, test_size: 300 }',
    model: '{ type: lstm, hidden: 3, layers: 2 }',
  }),
  'permuted pixels': () => ({
    task: `{ name: pixel_mnist, data: ${folderOf(goodFiles())}, valid_size: 3, permuted: true, pixel_scale: standard }`,
    model: '{ type: irnn, hidden: 4 }',
  }),
  'text as a stream': () => ({
    task: `{ name: language_model, data: ${text()}, unroll: 7 }`,
    model: '{ type: lstm, hidden: 4, embedding: 5, projection: 3 }',
  }),
  'text by sentences': () => ({
    task: `{ name: language_model, data: ${text()}, unroll: 7, context: sentence }`,
    model: '{ type: rnn_tanh, hidden: 4, embedding: 3 }',
  }),
  speech: () => ({
    task: `{ name: phone_frames, data: ${folderWith(smallCorpus())}, targets: folded }`,
    model:
      '{ type: irnn, hidden: 4, scale: 0.01, layers: 2, bidirectional: true, input_std: 0.1, output_std: 0.1 }',
  }),
} as const;

const kept: Partial<Record<keyof typeof runs, string>> = {
  'permuted pixels': 'pixels.json',
  'text as a stream': 'vocabulary.txt',
  'text by sentences': 'vocabulary.txt',
  speech: 'features.json',
};

async function json(...argv: string[]) {
  const { exitCode, stdout, stderr } = await irnnRun(...argv);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(Object.keys(runs) as (keyof typeof runs)[])('%s', (name) => {
  test('predictions, exported data and PyTorch give the scores of eval', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, { training: quick, evaluate: '{ every: 3 }', ...runs[name]() });
    expect((await irnnRun(config, '--out', join(folder, 'out'), '--quiet')).exitCode).toBe(0);
    const run = onlyRun(join(folder, 'out'));
    const [rowsFile, data] = [join(folder, 'p.jsonl'), join(folder, 'test.safetensors')];
    const { metrics } = await json('eval', run, '--json', '--predictions', rowsFile);
    const rows = readFileSync(rowsFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(mean(rows.map(({ loss }) => loss))).toBeCloseTo(metrics.mse ?? metrics.loss, 5);
    const right = mean(rows.map(({ target, prediction }) => Number(target === prediction)));
    if (metrics.accuracy !== undefined) expect(right).toBeCloseTo(metrics.accuracy, 6);
    if (metrics.frame_error !== undefined) expect(1 - right).toBeCloseTo(metrics.frame_error, 6);

    const { exitCode, stdout, stderr } = await irnnRun(
      'data',
      'export',
      join(run, 'config.yaml'),
      '--out',
      data,
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/: x \[.+\], target \[.+\], length \[\d+\]/);
    const { tensors, metadata } = readSafetensors(bytesOf(data));
    const target = tensors.get('target')!;
    for (const row of rows) {
      const at = row.step === undefined ? row.sequence : row.sequence * target.shape[1]! + row.step;
      expect(target.data[at]).toBeCloseTo(row.target, 6);
    }
    expect(rows.length).toBe(target.data.filter((value) => value !== -1).length);
    const file = kept[name];
    if (file !== undefined) expect(metadata[file]).toBe(readFileSync(join(run, file), 'utf8'));

    if (python === undefined) return;
    const torch = spawnSync(python, ['scripts/evaluate-in-pytorch.py', run, data], { encoding: 'utf8' });
    expect(torch.stderr).toBe('');
    const theirs = JSON.parse(torch.stdout);
    expect(theirs).toMatchObject({ step: 6, split: 'test' });
    expect(Object.keys(theirs.metrics).sort()).toEqual(Object.keys(metrics).sort());
    for (const [metric, value] of Object.entries<number>(metrics)) {
      expect(Math.abs(theirs.metrics[metric] / value - 1), metric).toBeLessThan(1e-6);
    }
  });
});

test.skipIf(python === undefined)('PyTorch scores the best one, as eval does', async () => {
  const folder = temporaryFolder();
  // At this rate the first evaluation stays the best.
  const training = '{ steps: 6, batch: 3, learning_rate: 3 }';
  const lines = { training, evaluate: '{ every: 3 }', checkpoint: '{ best: valid_mse }', ...runs.adding() };
  const config = writeConfig(folder, lines);
  await irnnRun(config, '--out', join(folder, 'out'), '--quiet');
  const run = onlyRun(join(folder, 'out'));
  const data = join(folder, 'test.safetensors');
  await irnnRun('data', 'export', config, '--out', data);
  const { step, metrics } = await json('eval', run, '--json', '--checkpoint', 'best');
  expect(step).toBeLessThan(6);
  const torch = spawnSync(python!, ['scripts/evaluate-in-pytorch.py', run, data, 'best'], {
    encoding: 'utf8',
  });
  const theirs = JSON.parse(torch.stdout);
  expect(theirs.step).toBe(step);
  expect(Math.abs(theirs.metrics.mse / metrics.mse - 1)).toBeLessThan(1e-6);
});

test('what is kept says how the data was made into inputs', async () => {
  const folder = temporaryFolder();
  const config = writeConfig(folder, { training: quick, ...runs['permuted pixels']() });
  await irnnRun(config, '--out', join(folder, 'out'), '--quiet');
  const run = onlyRun(join(folder, 'out'));
  const { order, values } = JSON.parse(readFileSync(join(run, 'pixels.json'), 'utf8'));
  expect([...order].sort((a: number, b: number) => a - b)).toEqual(Array.from({ length: 784 }, (_, i) => i));
  const data = join(folder, 'valid.safetensors');
  await irnnRun('data', 'export', join(run, 'config.yaml'), '--split', 'valid', '--out', data);
  // Pixel p of image i is (i + p) mod 256; the first validation image is the tenth.
  const x = readSafetensors(bytesOf(data)).tensors.get('x')!;
  expect(x.shape).toEqual([3, 784, 1]);
  for (const t of [0, 1, 783]) expect(x.data[t]).toBe(values[(9 + order[t]) % 256]);
  await irnnRun(config, '--out', join(folder, 'out'), '--quiet', '--fresh');
  expect(existsSync(join(run, 'pixels.json'))).toBe(true);
});

test('training data is that of the first updates', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'train.safetensors');
  const { exitCode, stdout } = await irnnRun(
    'data',
    'export',
    writeConfig(folder),
    '--split',
    'train',
    '--batches',
    '3',
    '--out',
    out,
  );
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`${out}: x [12, 5, 2], target [12, 1], length [12]\n`);
});

test('predictions as CSV', async () => {
  const folder = temporaryFolder();
  await irnnRun(writeConfig(folder), '--out', join(folder, 'out'), '--quiet');
  const file = join(folder, 'p.csv');
  expect((await irnnRun('eval', onlyRun(join(folder, 'out')), '--predictions', file)).exitCode).toBe(0);
  const [head, first, ...rest] = readFileSync(file, 'utf8').trim().split('\n');
  expect(head).toBe('sequence,target,prediction,loss');
  const [sequence, target, prediction, loss] = first!.split(',').map(Number);
  expect(sequence).toBe(0);
  expect((prediction! - target!) ** 2).toBeCloseTo(loss!, 6);
  expect(rest).toHaveLength(7);
});

test.each([
  [['eval', 'RUN', '--predictions', 'p.txt'], 64, /--predictions: expected FILE\.csv or FILE\.jsonl/],
  [['eval', 'RUN', '--predictions', '/no/such/folder/p.csv'], 73, /p\.csv: cannot write it/],
  [['data', 'export', 'CONFIG', '--out', 'x.npy'], 64, /--out: expected FILE\.safetensors/],
  [
    ['data', 'export', 'CONFIG', '--out', 'x.safetensors', '--split', 'train'],
    64,
    /say how many with --batches/,
  ],
  [
    ['data', 'export', 'CONFIG', '--out', 'x.safetensors', '--batches', '0'],
    64,
    /a whole number from 1 on, found 0/,
  ],
  [['data', 'export', 'CONFIG', '--out', '/no/such/folder/x.safetensors'], 73, /cannot write it/],
])('refuses %j', async (words, code, said) => {
  const folder = temporaryFolder();
  const config = writeConfig(folder);
  await irnnRun(config, '--out', join(folder, 'out'), '--quiet');
  const argv = words.map((word) => ({ RUN: onlyRun(join(folder, 'out')), CONFIG: config })[word] ?? word);
  const { exitCode, stderr } = await irnnRun(...argv);
  expect(stderr).toMatch(said);
  expect(exitCode).toBe(code);
});

function bytesOf(path: string) {
  const bytes = readFileSync(path);
  return {
    length: bytes.length,
    read: (from: number, to: number) => Uint8Array.from(bytes.subarray(from, to)),
  };
}
