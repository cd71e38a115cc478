import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { configSchema, type TaskConfig } from '../../src/config/schema.ts';
import { unwatched } from '../../src/data/dataset.ts';
import type { Corpus } from '../../src/data/text/corpus.ts';
import { folderSource } from '../../src/data/text/folder.ts';
import { loadCorpus } from '../../src/data/text/load-corpus.ts';
import { prepareCorpus } from '../../src/data/text/prepare.ts';
import { type Batch, UNSCORED } from '../../src/models/batch.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { textSettings } from '../../src/tasks/language-model/task.ts';
import { createTask, type Task } from '../../src/tasks/task.ts';
import { folderWith, randomText } from '../data/text/text-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

type LanguageModel = Extract<TaskConfig, { name: 'language_model' }>;
type Keys = Partial<Extract<z.input<typeof configSchema.shape.task>, { name: 'language_model' }>>;

const config = (keys: Keys): LanguageModel =>
  configSchema.shape.task.parse({ name: 'language_model', ...keys }) as LanguageModel;
const options = { seeds: { data: 1, order: 1 }, batchSize: 4 };
const text = (lines: number) =>
  folderWith({
    'train.txt': randomText(1, lines),
    'valid.txt': randomText(2, 170),
    'test.txt': randomText(3, 9),
  });

async function make(
  keys: Keys,
  changes: Partial<typeof options> = {},
): Promise<{ task: Task; corpus: Corpus }> {
  const full = config({ data: text(150), unroll: 6, ...keys });
  const task = await createTask(full, { ...options, ...changes });
  return { task, corpus: await loadCorpus(full.data, textSettings(full)) };
}

/** Arrays of a batch live until the next one is made. */
const copy = (batch: Batch): Batch => structuredClone(batch);

const batchesOf = (task: Task, split: 'valid' | 'test'): Batch[] =>
  Array.from({ length: task.batches(split) }, (_, index) => copy(task.batch(split, index)));

/** Of sequence b: what is read and what is to be predicted, as long as it is scored. */
function sequence(
  { x_TIB, target, size, steps, lengths }: Batch,
  b: number,
): { inputs: number[]; targets: number[] } {
  const at = (values: ArrayLike<number>) =>
    Array.from({ length: lengths?.[b] ?? steps }, (_, t) => values[t * size + b]!);
  return { inputs: at(x_TIB), targets: at(target) };
}

const tokensOf = (corpus: Corpus, split: 'train' | 'valid' | 'test') => [...corpus.splits[split].shard(0)];

/** Sentences as tokens, end markers included and begin markers not. */
function sentencesOf(corpus: Corpus, split: 'train' | 'valid' | 'test'): number[][] {
  const sentences: number[][] = [[]];
  for (const token of tokensOf(corpus, split)) {
    if (token === corpus.vocabulary.begin) continue;
    sentences.at(-1)!.push(token);
    if (token === corpus.vocabulary.end) sentences.push([]);
  }
  return sentences.slice(0, -1);
}

/** Pieces of at most `longest` tokens. */
const cut = (sentence: number[], longest: number): number[][] =>
  Array.from({ length: Math.ceil(sentence.length / longest) }, (_, p) =>
    sentence.slice(longest * p, longest * (p + 1)),
  );

/** What is to be predicted in each sequence of a batch that has any steps. */
const targetsOf = (batch: Batch): number[][] =>
  Array.from({ length: batch.size }, (_, b) => sequence(batch, b).targets).filter(({ length }) => length > 0);

const sorted = (sequences: readonly (readonly number[])[]) => sequences.map((s) => s.join(' ')).sort();

describe('a stream', () => {
  test.each(['end', 'both', 'none'] as const)(
    'in evaluation scores every token once, after the one before it (markers %s)',
    async (markers) => {
      const { task, corpus } = await make({ markers });
      const start = corpus.vocabulary.end ?? corpus.vocabulary.unknown!;
      for (const split of ['valid', 'test'] as const) {
        const batches = batchesOf(task, split);
        expect(batches.map(({ carry }) => carry)).toEqual(batches.map((_, index) => index > 0));
        expect(batches.map(({ index }) => index)).toEqual(batches.map((_, index) => index));
        const lanes = Array.from({ length: batches[0]!.size }, (_, b) => {
          const parts = batches.map((batch) => sequence(batch, b));
          return {
            inputs: parts.flatMap((part) => part.inputs),
            targets: parts.flatMap((part) => part.targets),
          };
        });
        const tokens = tokensOf(corpus, split);
        expect(lanes.length).toBe(split === 'valid' ? Math.floor(tokens.length / 256) : 1);
        const predicted = (token: number) => (token === corpus.vocabulary.begin ? UNSCORED : token);
        expect(lanes.flatMap(({ targets }) => targets)).toEqual(tokens.map(predicted));
        expect(lanes.flatMap(({ inputs }) => inputs)).toEqual([start, ...tokens.slice(0, -1)]);
      }
    },
  );

  test('in training goes through B lanes side by side, T tokens an update, and carries on within an epoch', async () => {
    const { task, corpus } = await make({});
    const tokens = tokensOf(corpus, 'train');
    const lane = Math.floor(tokens.length / 4);
    const updates = Math.floor(lane / 6);
    for (const epoch of [0, 1, 2]) {
      const batches = Array.from({ length: updates }, (_, i) =>
        copy(task.batch('train', epoch * updates + i)),
      );
      // The run's first batch says that states will be wanted; there are none yet.
      expect(batches.map(({ carry }) => carry)).toEqual(batches.map((_, i) => i > 0 || epoch === 0));
      expect(batches.every(({ size, steps, lengths }) => size === 4 && steps === 6 && lengths === null)).toBe(
        true,
      );
      const lanes = [0, 1, 2, 3].map((b) => batches.flatMap((batch) => sequence(batch, b).targets));
      const circle = [...tokens, ...tokens].join(' ');
      const ring = (b: number) => lanes[b]!.join(' ');
      for (let b = 0; b < 4; b++) {
        expect(lanes[b]).toHaveLength(updates * 6);
        expect(circle).toContain(ring(b));
        const inputs = batches.flatMap((batch) => sequence(batch, b).inputs);
        expect(inputs.slice(1)).toEqual(lanes[b]!.slice(0, -1));
      }
    }
  });

  test('begins every epoch elsewhere, as the seed says', async () => {
    const data = text(150);
    const first = (task: Task, index: number) => [...task.batch('train', index).target].join(' ');
    const { task, corpus } = await make({ data });
    const updates = Math.floor(Math.floor(corpus.splits.train.tokens / 4) / 6);
    expect(new Set([0, updates, 2 * updates].map((index) => first(task, index))).size).toBe(3);
    expect(first((await make({ data }, { seeds: { data: 1, order: 2 } })).task, 0)).not.toBe(first(task, 0));
    expect(first((await make({ data })).task, 0)).toBe(first(task, 0));
  });

  test('needs a batch of text', async () => {
    await expect(make({ unroll: 10_000 })).rejects.toMatchObject({
      exitCode: ExitCode.badConfig,
      message: expect.stringMatching(/4 lanes of 10000 tokens \(task\.unroll\) are more than the \d+ tokens/),
    });
  });
});

describe('sentences', () => {
  test.each(['end', 'both'] as const)(
    'in evaluation are scored whole, each once, from a marker on (markers %s)',
    async (markers) => {
      const { task, corpus } = await make({ context: 'sentence', markers });
      const start = corpus.vocabulary.begin ?? corpus.vocabulary.end!;
      for (const split of ['valid', 'test'] as const) {
        const found: number[][] = [];
        for (const batch of batchesOf(task, split)) {
          expect(batch.carry).toBe(false);
          for (let b = 0; b < batch.size; b++) {
            const { inputs, targets } = sequence(batch, b);
            expect(inputs).toEqual([start, ...targets.slice(0, -1)]);
            found.push(targets);
          }
          const scored = batch.target.filter((token) => token !== UNSCORED).length;
          expect(scored).toBe(batch.lengths?.reduce((sum, n) => sum + n, 0) ?? batch.size * batch.steps);
        }
        expect(sorted(found)).toEqual(sorted(sentencesOf(corpus, split)));
      }
    },
  );

  test('in training come once an epoch, long ones in pieces', async () => {
    const { task, corpus } = await make({ context: 'sentence' });
    const sentences = sentencesOf(corpus, 'train');
    const pieces = sentences.flatMap((sentence) => cut(sentence, 6));
    expect(pieces.length).toBeGreaterThan(sentences.length);
    const updates = Math.ceil(pieces.length / 4);
    const orders = [0, 1].map((epoch) => {
      const found: number[][] = [];
      for (let i = 0; i < updates; i++) {
        const batch = task.batch('train', epoch * updates + i);
        expect([batch.size, batch.carry]).toEqual([4, false]);
        expect(batch.steps).toBeLessThanOrEqual(6);
        found.push(...targetsOf(batch));
      }
      expect(sorted(found)).toEqual(sorted(pieces));
      return found.join('|');
    });
    expect(orders[0]).not.toBe(orders[1]);
  });

  test('of about one length share a batch', async () => {
    const { task } = await make({ data: text(3000), context: 'sentence', unroll: 100 }, { batchSize: 16 });
    let steps = 0;
    let scored = 0;
    for (let index = 0; index < 150; index++) {
      const batch = task.batch('train', index);
      steps += batch.size * batch.steps;
      scored += batch.target.filter((token) => token !== UNSCORED).length;
    }
    expect(1 - scored / steps).toBeLessThan(0.03);
  });
});

describe.each(['stream', 'sentence'] as const)('%s', (context) => {
  test('batches are a function of seed and index alone, whatever was asked for before', async () => {
    const { task } = await make({ context });
    const { task: other } = await make({ context });
    const order = [7, 3, 250, 3, 0, 100, 251];
    const expected = new Map(
      [...order].sort((a, b) => a - b).map((index) => [index, copy(task.batch('train', index))]),
    );
    for (const index of order) expect(other.batch('train', index)).toEqual(expected.get(index));
  });
});

describe('a prepared corpus in several shards', () => {
  const prepared = async (keys: Keys) => {
    const data = text(400);
    const raw = await make({ ...keys, data });
    const to = temporaryFolder();
    const shards = { fresh: false, progress: unwatched, shardSize: 700 };
    await prepareCorpus(folderSource(data), to, textSettings(config(keys)), shards);
    const { task, corpus } = await make({ ...keys, data: to });
    expect(corpus.splits.train.shards.length).toBeGreaterThan(2);
    expect([task.dataNote, task.baseline]).toEqual([raw.task.dataNote, raw.task.baseline]);
    return { raw, task, corpus };
  };

  test('streams what it streams in memory', async () => {
    const { raw, task } = await prepared({});
    for (const index of [0, 1, 50, 300])
      expect(task.batch('train', index)).toEqual(raw.task.batch('train', index));
    for (const split of ['valid', 'test'] as const) {
      expect(batchesOf(task, split)).toEqual(batchesOf(raw.task, split));
    }
  });

  test('trains on every sentence once an epoch, and scores every one', async () => {
    const { raw, task, corpus } = await prepared({ context: 'sentence' });
    const pieces = (sentences: number[][]) => sorted(sentences.flatMap((sentence) => cut(sentence, 6)));
    const updates = corpus.splits.train.shards.reduce((sum, { lengths }) => {
      const inShard = lengths.reduce((total, count, length) => total + count * Math.ceil(length / 6), 0);
      return sum + Math.ceil(inShard / 4);
    }, 0);
    for (const epoch of [0, 1]) {
      const found = Array.from({ length: updates }, (_, i) =>
        targetsOf(task.batch('train', epoch * updates + i)),
      );
      expect(sorted(found.flat())).toEqual(pieces(sentencesOf(raw.corpus, 'train')));
    }
    const scored = batchesOf(task, 'valid').flatMap(targetsOf);
    expect(sorted(scored)).toEqual(sorted(sentencesOf(raw.corpus, 'valid')));
  });
});

describe('facts', () => {
  test('the note, the provenance and the baseline, by hand', async () => {
    const data = folderWith({ 'train.txt': 'a a b\nc a\n', 'valid.txt': 'b x\n', 'test.txt': 'a x b\n' });
    const { task } = await make({ data, unroll: 1 }, { batchSize: 2 });
    expect(task.dataNote).toBe(
      'vocabulary 5; train / valid / test: 7 / 3 / 4 tokens with sentence ends, 0.0 / 50.0 / 33.3 % of words out of vocabulary',
    );
    expect(task.provenance).toMatchObject({
      vocabulary_size: 5,
      train_tokens: 7,
      valid_tokens: 3,
      test_tokens: 4,
      test_words: 3,
      test_out_of_vocabulary: 1 / 3,
      'train.txt_sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    // Counts: a 3, </s> 2, b 1, c 1, and <unk> as if once.
    const loss = -Math.log((3 / 8) * (1 / 8) * (1 / 8) * (2 / 8)) / 4;
    expect(task.baseline.loss).toBeCloseTo(loss, 12);
    expect(task.baseline.perplexity).toBeCloseTo(Math.exp(loss), 12);
    expect(task.baseline.accuracy).toBe(1 / 4);
  });

  test('perplexity is the exponential of the mean loss over all scored words', async () => {
    const { task } = await make({});
    const tally = task.tally();
    const batch = task.batch('valid', 0);
    const half = { targets: 4, loss: 8, predicted: batch.target as Int32Array };
    tally.add(batch, half);
    tally.add(batch, { ...half, loss: 0 });
    expect(tally.result()).toMatchObject({ perplexity: Math.E, loss: 1 });
  });
});
