import { beforeAll, describe, expect, test } from 'vitest';
import type { TaskConfig } from '../../src/config/schema.ts';
import { metricsOf } from '../../src/config/tasks.ts';
import { FEATURES } from '../../src/data/speech/features.ts';
import { targetsOf } from '../../src/data/speech/phones.ts';
import { UNSCORED } from '../../src/models/batch.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { type FrameBatch, FrameTally } from '../../src/tasks/phone-frames/tally.ts';
import { createTask, type Task } from '../../src/tasks/task.ts';
import { smallCorpus, writeTree } from '../data/speech/corpus-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

type PhoneFramesConfig = Extract<TaskConfig, { name: 'phone_frames' }>;

const config = (changes: Partial<PhoneFramesConfig> = {}): PhoneFramesConfig => ({
  name: 'phone_frames',
  data: 'synthetic',
  targets: 'states',
  normalisation: 'training_set',
  valid_speakers: 'auto',
  synthetic: { train: 15, valid: 4, test: 8, held_out_voice: 'slt' },
  ...changes,
});

/** The scores of the task. */
const names = (changes: Partial<PhoneFramesConfig> = {}) =>
  metricsOf(config(changes)).map(({ name }) => name);
const options = { seeds: { data: 1, order: 1 }, batchSize: 4 };

describe('synthetic speech', () => {
  let task: Task;
  beforeAll(async () => {
    task = await createTask(config(), options);
  });

  test('sizes, classes and metrics', () => {
    expect(task.input).toEqual({ kind: 'features', size: FEATURES });
    expect(task.head).toEqual({ kind: 'softmax', size: 180, at: 'every-step' });
    expect(['train', 'valid', 'test'].map((split) => task.size(split as 'train'))).toEqual([15, 4, 8]);
    expect(names()).toEqual(['frame_error', 'frame_error_speech', 'loss', 'frame_error_new_voice']);
  });

  test('a batch has its sequences in columns, zeros and no targets behind them', () => {
    const batch = task.batch('train', 0);
    const { size, steps, x_TIB, target, lengths } = batch;
    expect(steps).toBe(Math.max(...lengths!));
    expect(steps).toBeLessThanOrEqual(task.steps);
    expect(x_TIB).toHaveLength(steps * FEATURES * size);
    expect(target).toHaveLength(steps * size);
    for (let b = 0; b < size; b++) {
      for (let t = 0; t < steps; t++) {
        const inside = t < lengths![b]!;
        expect(target[t * size + b]! >= 0).toBe(inside);
        const energy = x_TIB[t * FEATURES * size + b]!;
        if (!inside) expect(energy).toBe(0);
      }
    }
  });

  test('an epoch has every utterance once; the last batch is filled up with sequences of no length', () => {
    const lengths = [0, 1, 2, 3].map((i) => [...task.batch('train', i).lengths!]);
    const used = lengths.flat().filter((length) => length > 0);
    expect(used).toHaveLength(15);
    expect(lengths.flat()).toHaveLength(16);
    const next = [4, 5, 6, 7].flatMap((i) => [...task.batch('train', i).lengths!]);
    expect(next.filter((length) => length > 0).sort()).toEqual(used.sort());
    expect(task.provenance.train_frames).toBe(used.reduce((sum, length) => sum + length, 0));
  });

  test('batches are functions of seed and index', async () => {
    const other = await createTask(config(), options);
    const nine = task.batch('train', 9).x_TIB.slice();
    const two = task.batch('train', 2).x_TIB.slice();
    expect(other.batch('train', 2).x_TIB).toEqual(two);
    expect(other.batch('train', 9).x_TIB).toEqual(nine);
    const reseeded = await createTask(config(), { ...options, seeds: { data: 1, order: 2 } });
    expect(reseeded.batch('train', 2).x_TIB).not.toEqual(two);
    expect(reseeded.provenance.corpus_sha256).toBe(task.provenance.corpus_sha256);
  });

  test('evaluation holds every utterance once, a new voice apart', () => {
    const batches = Array.from(
      { length: task.batches('test') },
      (_, i) => task.batch('test', i) as FrameBatch,
    );
    expect(batches.map(({ size, newVoice }) => [size, newVoice])).toEqual([
      [6, false],
      [2, true],
    ]);
    expect(() => task.batch('test', 2)).toThrow(RangeError);
  });

  test('the baseline is the best constant, counted here again', () => {
    const silent = targetsOf('states').silent;
    const count = (split: 'train' | 'test') => {
      const counts = new Array<number>(180).fill(0);
      for (let i = 0; i < (split === 'train' ? 4 : 1); i++)
        for (const label of task.batch(split, i).target) if (label !== UNSCORED) counts[label]! += 1;
      return counts;
    };
    const [train, known] = [count('train'), count('test')];
    const total = known.reduce((sum, n) => sum + n, 0);
    const best = train.indexOf(Math.max(...train));
    expect(task.baseline.frame_error).toBeCloseTo(1 - known[best]! / total, 12);
    const speech = train.map((n, label) => (silent[label] ? 0 : n));
    const spoken = known.reduce((sum, n, label) => sum + (silent[label] ? 0 : n), 0);
    expect(task.baseline.frame_error_speech).toBeCloseTo(
      1 - known[speech.indexOf(Math.max(...speech))]! / spoken,
      12,
    );
    expect(Object.keys(task.baseline)).toEqual(names());
    expect(task.baseline.loss).toBeGreaterThan(3);
    expect(task.baseline.loss).toBeLessThan(Math.log(180));
  });

  test('without a held-out voice there is no score for one', async () => {
    const synthetic = { train: 8, valid: 4, test: 4, held_out_voice: 'none' } as const;
    const all = await createTask(config({ synthetic }), options);
    expect(names({ synthetic })).toEqual(['frame_error', 'frame_error_speech', 'loss']);
    expect(Object.keys(all.baseline)).toEqual(names({ synthetic }));
    expect(all.batches('test')).toBe(1);
  });
});

describe('a corpus in TIMIT layout', () => {
  const load = (changes: Partial<PhoneFramesConfig>, batchSize = 4) => {
    const data = temporaryFolder();
    writeTree(data, smallCorpus());
    return createTask(config({ data, ...changes }), { seeds: { data: 1, order: 1 }, batchSize });
  };

  test.each([
    ['states', 180, 3],
    ['phones', 61, 1],
    ['folded', 39, 1],
  ] as const)('%s: %i classes', async (targets, classes, parts) => {
    const task = await load({ targets });
    expect(task.head.size).toBe(classes);
    expect(task.provenance.classes).toBe(classes);
    const labels = new Set([0, 1].flatMap((i) => [...task.batch('train', i).target]));
    labels.delete(UNSCORED);
    expect(labels.size).toBe(3 * parts); // h#, aa and s
  });

  test('speakers that validate are chosen by their names', async () => {
    const task = await load({ valid_speakers: '[12]$' });
    expect(['train', 'valid', 'test'].map((split) => task.size(split as 'train'))).toEqual([6, 4, 4]);
  });

  test('normalisation changes the inputs', async () => {
    const [set, speaker] = [await load({}), await load({ normalisation: 'speaker' })];
    expect(speaker.batch('train', 0).x_TIB).not.toEqual(set.batch('train', 0).x_TIB);
  });

  test('a batch larger than the training split is a config error', async () => {
    await expect(load({}, 9)).rejects.toMatchObject({
      exitCode: ExitCode.badConfig,
      message: expect.stringContaining('8 training utterances'),
    });
  });
});

describe('the tally', () => {
  const batch = (target: number[], newVoice: boolean): FrameBatch => ({
    index: 0,
    size: 1,
    steps: target.length,
    x_TIB: new Float32Array(),
    target: Int32Array.from(target),
    lengths: null,
    carry: false,
    newVoice,
  });
  const scores = (predicted: number[], targets: number, loss: number) => ({
    targets,
    loss,
    predicted: Int32Array.from(predicted),
  });

  test('counts frames, frames of speech, and a new voice apart', () => {
    const tally = new FrameTally([true, false, false], true);
    tally.add(batch([0, 0, 1, 2, UNSCORED], false), scores([0, 1, 1, 1, 2], 4, 2));
    tally.add(batch([0, 1], false), scores([2, 1], 2, 4));
    tally.add(batch([1, 2, 2, UNSCORED], true), scores([0, 2, 2, 0], 3, 100));
    expect(tally.result()).toEqual({
      frame_error: 3 / 6,
      frame_error_speech: 1 / 3,
      loss: 1,
      frame_error_new_voice: 1 / 3,
    });
  });
});
