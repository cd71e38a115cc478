import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ExitCode } from '../../src/support/errors.ts';
import { labels, smallCorpus, sphere, tone, writeTree } from '../data/speech/corpus-files.ts';
import { onlyRun, start } from '../faults/program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

let folder = '';
let corpus = '';
beforeEach(() => {
  folder = temporaryFolder();
  corpus = temporaryFolder();
  vi.stubEnv('IRNN_RUN_CACHE', join(folder, 'cache'));
});

const speechConfig = () =>
  writeConfig(folder, {
    task: `{ name: phone_frames, data: ${corpus}, targets: folded }`,
    model:
      '{ type: irnn, hidden: 4, scale: 0.01, layers: 2, bidirectional: true, input_std: 0.1, output_std: 0.1 }',
    training: '{ steps: 6, batch: 3, learning_rate: 0.1, clip: { threshold: 1 } }',
    evaluate: '{ every: 3 }',
    checkpoint: '{ every: 2 }',
  });

describe('a run', () => {
  test('trains, scores with and without silence, and finds its filter banks again', async () => {
    writeTree(corpus, smallCorpus());
    const config = speechConfig();
    const first = await irnnRun(config, '--out', folder, '--json');
    expect(first.stderr).toContain(`analysing the speech in ${corpus}: 14 to do`);
    expect(first.exitCode).toBe(0);
    const { metrics, baseline, directory } = JSON.parse(first.stdout);
    for (const scores of [metrics.valid_frame_error, metrics.test_frame_error_speech, baseline.frame_error]) {
      expect(scores).toBeGreaterThan(0);
      expect(scores).toBeLessThanOrEqual(1);
    }
    const again = await irnnRun(config, '--out', folder, '--fresh');
    expect(again.stderr).not.toContain('analysing');
    const evaluated = await irnnRun('eval', directory, '--json');
    expect(JSON.parse(evaluated.stdout).metrics.frame_error).toBe(metrics.test_frame_error);
  });

  test.each([
    ['TRAIN/DR1/T1/SX0.PHN', '0 800 h#\n700 1600 aa\n', 'SX0.PHN:2: expected no overlap'],
    ['TRAIN/DR1/T1/SX0.PHN', '800 1600 aa\n0 800 h#\n', 'SX0.PHN:2: expected segments in order'],
    ['TRAIN/DR1/T1/SX0.PHN', '0 800 h#\n800 1600 blah\n', 'SX0.PHN:2: expected one of the 61 phones'],
    ['TRAIN/DR1/T1/SX0.WAV', sphere(tone(1600)).subarray(0, 3000), 'SX0.WAV: truncated'],
    [
      'TRAIN/DR1/T1/SX0.WAV',
      sphere(tone(1600), { sample_coding: 'pcm,embedded-shorten-v2.00' }),
      'SX0.WAV: compressed with shorten',
    ],
    ['TRAIN/DR1/T1/SX9.PHN', labels(1600), 'SX9.PHN: expected a .WAV file beside it'],
  ])('with a bad %s (%#) ends with 65 and leaves nothing behind', async (path, content, message) => {
    writeTree(corpus, { ...smallCorpus(), [path]: content });
    const { exitCode, stderr } = await irnnRun(speechConfig(), '--out', join(folder, 'runs'));
    expect(exitCode).toBe(ExitCode.badData);
    expect(stderr).toContain(join(corpus, path).replace(/SX.*/, message));
    expect(existsSync(join(folder, 'runs'))).toBe(false);
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  test('without the corpus ends with 66', async () => {
    const config = speechConfig();
    expect((await irnnRun(config, '--set', 'task.data=/no/such/corpus')).exitCode).toBe(
      ExitCode.missingInput,
    );
  });
});

test('the program uses all cores, with the same result as one', async () => {
  writeTree(corpus, smallCorpus(8, 3));
  const config = speechConfig();
  const child = start(config, '--out', join(folder, 'child'), '--quiet');
  expect(await child.finished).toMatchObject({ exitCode: 0, stderr: '' });
  vi.stubEnv('IRNN_RUN_CACHE', join(folder, 'other-cache'));
  await irnnRun(config, '--out', join(folder, 'here'), '--quiet');
  const { readFileSync } = await import('node:fs');
  const bytes = (root: string) => {
    const [name] = readdirSync(root);
    return readFileSync(join(root, name!));
  };
  expect(bytes(join(folder, 'cache'))).toEqual(bytes(join(folder, 'other-cache')));
  const metrics = (out: string) => readFileSync(join(onlyRun(join(folder, out)), 'metrics.csv'), 'utf8');
  expect(metrics('child')).toBe(metrics('here'));
});

test('a signal while speech is made ends the program, and nothing is left', async () => {
  const config = writeConfig(folder, {
    task: '{ name: phone_frames, synthetic: { train: 400, valid: 4, test: 4 } }',
    training: '{ steps: 1, batch: 3, learning_rate: 0.1 }',
  });
  const { child, finished } = start(config, '--out', join(folder, 'runs'));
  await new Promise<void>((resolve) => child.stderr!.once('data', () => resolve()));
  child.kill('SIGTERM');
  const { exitCode, stderr } = await finished;
  expect(exitCode).toBe(ExitCode.terminated);
  expect(stderr).toContain('stopped while the data was made ready');
  expect(existsSync(join(folder, 'runs'))).toBe(false);
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});

describe('data', () => {
  test('verify reads a corpus in TIMIT layout, and names everything that is wrong with it', async () => {
    writeTree(corpus, smallCorpus());
    const good = await irnnRun('data', 'verify', corpus);
    expect(good.stdout).toContain('ok, train 8 utterances, 0.00 h; valid 2 utterances');
    writeTree(corpus, { 'TRAIN/DR1/T1/SX0.PHN': '0 h#\n', 'TEST/DR1/E1/SX1.WAV': 'nothing' });
    const bad = await irnnRun('data', 'verify', corpus);
    expect(bad.exitCode).toBe(ExitCode.badData);
    expect(bad.stderr).toMatch(/SX0\.PHN:1: .*\n.*SX1\.WAV: expected NIST SPHERE or RIFF/);
  });

  test('list and verify know the synthesizer', async () => {
    expect((await irnnRun('data', 'list')).stdout).toContain(
      'synthetic: ok, speech made by the program: 4 voices',
    );
    const [report] = JSON.parse((await irnnRun('data', 'verify', 'synthetic', '--json')).stdout);
    expect(report).toMatchObject({ task: 'phone_frames', original: true, files: [{ bytes: 21_530_456 }] });
  });

  test('prepare computes what the first run would', async () => {
    writeTree(corpus, smallCorpus());
    const prepared = await irnnRun('data', 'prepare', 'speech', '--from', corpus, '--json');
    expect(prepared.exitCode).toBe(0);
    expect(existsSync(JSON.parse(prepared.stdout).file)).toBe(true);
    expect((await irnnRun(speechConfig(), '--out', folder)).stderr).not.toContain('analysing');
    expect((await irnnRun('data', 'prepare', 'speech', '--from', '/no/such')).exitCode).toBe(
      ExitCode.missingInput,
    );
  });
});
