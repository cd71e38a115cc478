import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Preparation, unwatched } from '../../../src/data/dataset.ts';
import { loadSpeech } from '../../../src/data/speech/corpus.ts';
import { FEATURES, normalisedFeatures } from '../../../src/data/speech/features.ts';
import { ExitCode } from '../../../src/support/errors.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { labels, smallCorpus, sphere, tone, writeTree } from './corpus-files.ts';

const synthetic = { train: 3, valid: 4, test: 4, held_out_voice: 'slt' } as const;

let cache = '';
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv('IRNN_RUN_CACHE', cache);
});

function watched(): Preparation & { readonly begun: string[]; readonly notes: string[] } {
  const begun: string[] = [];
  const notes: string[] = [];
  return { ...unwatched, begun, notes, begin: (what) => begun.push(what), note: (text) => notes.push(text) };
}

function folderOf(files = smallCorpus()): string {
  const root = temporaryFolder();
  writeTree(root, files);
  return root;
}

const load = (data: string, preparation: Preparation = unwatched) =>
  loadSpeech({ data, valid_speakers: 'auto', synthetic }, preparation);

describe('the cache', () => {
  test.each(['synthetic', 'folder'])('%s: computed once, then read', async (kind) => {
    const data = kind === 'folder' ? folderOf() : kind;
    const [first, second] = [watched(), watched()];
    const computed = await load(data, first);
    const cached = await load(data, second);
    expect(cached).toEqual(computed);
    expect(first.begun).toHaveLength(1);
    expect(second.begun).toEqual([]);
    expect(readdirSync(cache)).toEqual([computed.cached]);
  });

  test('a changed byte of audio, or of labels, is another corpus', async () => {
    const files = smallCorpus();
    const root = folderOf(files);
    const before = await load(root);
    writeTree(root, { 'TRAIN/DR1/T0/SX0.WAV': sphere(tone(1600, 9)) });
    const audio = await load(root);
    expect(audio.sha256).not.toBe(before.sha256);
    expect(audio.utterances[0]!.bands).not.toEqual(before.utterances[0]!.bands);
    writeTree(root, { 'TRAIN/DR1/T0/SX0.PHN': '0 1600 aa\n' });
    const relabelled = await load(root);
    expect(relabelled.utterances[0]!.segments).toHaveLength(3);
    expect(readdirSync(cache)).toHaveLength(3);
  });

  test('a damaged file is computed again, with a note', async () => {
    const root = folderOf();
    const whole = await load(root);
    const path = join(cache, whole.cached);
    const bytes = readFileSync(path);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length >> 1]! ^= 1;
    for (const damaged of [flipped, bytes.subarray(0, bytes.length >> 1), Buffer.alloc(0)]) {
      writeFileSync(path, damaged);
      const watch = watched();
      expect(await load(root, watch)).toEqual(whole);
      expect(watch.notes).toEqual([expect.stringContaining('damaged')]);
      expect(readFileSync(path)).toEqual(bytes);
    }
  });

  test('two at once leave one whole file', async () => {
    const root = folderOf();
    const [one, other] = await Promise.all([load(root), load(root)]);
    expect(other).toEqual(one);
    expect(readdirSync(cache)).toEqual([one.cached]);
    const watch = watched();
    expect(await load(root, watch)).toEqual(one);
    expect(watch.begun).toEqual([]);
  });

  test('a folder that cannot be written costs the cache, not the run', async () => {
    const file = join(cache, 'file');
    writeFileSync(file, '');
    vi.stubEnv('IRNN_RUN_CACHE', join(file, 'cache'));
    const watch = watched();
    expect((await load(folderOf(), watch)).utterances).not.toHaveLength(0);
    expect(watch.notes).toEqual([expect.stringContaining('not cached')]);
  });
});

test('bad files are named all at once, with their lines', async () => {
  const root = folderOf({
    ...smallCorpus(),
    'TRAIN/DR1/T1/SX0.PHN': '0 800 h#\n700 1600 aa\n',
    'TRAIN/DR1/T2/SX1.WAV': sphere(tone(1600)).subarray(0, 2000),
    'TRAIN/DR1/T3/SX0.WAV': sphere(tone(1600), { sample_rate: 8000 }),
    'TEST/DR1/E0/SX0.WAV': sphere(tone(399)),
    'TEST/DR1/E0/SX0.PHN': labels(399),
  });
  const error = await load(root).catch((reason) => reason);
  expect(error.exitCode).toBe(ExitCode.badData);
  expect(error.message.replaceAll(root, 'ROOT').split('\n')).toEqual([
    expect.stringContaining('ROOT/TRAIN/DR1/T1/SX0.PHN:2: expected no overlap'),
    expect.stringContaining('ROOT/TRAIN/DR1/T2/SX1.WAV: truncated'),
    'ROOT/TRAIN/DR1/T3/SX0.WAV: expected 16000 samples a second, found 8000',
    'ROOT/TEST/DR1/E0/SX0.WAV: expected at least 25 ms of speech, found 399 samples',
  ]);
  expect(readdirSync(cache)).toEqual([]);
});

describe('normalised features', () => {
  /** Mean and variance of feature `k` over some utterances. */
  const moments = (features: readonly Float32Array[], k: number) => {
    const values = features.flatMap((all) => [...all].filter((_, i) => i % FEATURES === k));
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    return [mean, values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length] as const;
  };

  test.each([
    ['training_set', 'train'],
    ['speaker', 't0'],
    ['speaker', 'e1'],
  ] as const)('%s: zero mean and unit variance over %s', async (normalisation, group) => {
    const { utterances } = await load(folderOf());
    const { features } = normalisedFeatures(utterances, normalisation);
    const chosen = features.filter((_, i) => [utterances[i]!.split, utterances[i]!.speaker].includes(group));
    expect(chosen.length).toBe(group === 'train' ? 8 : 2);
    for (const k of [0, 39, 40, 79, 80, 119]) {
      const [mean, variance] = moments(chosen, k);
      expect(mean).toBeCloseTo(0, 4);
      expect(variance).toBeCloseTo(1, 3);
    }
  });

  test('a feature that never changes becomes 0', async () => {
    const files = Object.fromEntries(
      Object.keys(smallCorpus()).map((path) => [
        path,
        path.endsWith('WAV') ? sphere(new Int16Array(1600)) : labels(1600),
      ]),
    );
    const { utterances } = await load(folderOf(files));
    const [features] = normalisedFeatures(utterances, 'training_set').features;
    for (const value of features!) expect(value).toBeCloseTo(0, 5);
  });
});
