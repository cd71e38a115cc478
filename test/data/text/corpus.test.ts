import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Corpus } from '../../../src/data/text/corpus.ts';
import { loadCorpus } from '../../../src/data/text/load-corpus.ts';
import type { TextSettings, TextSplit } from '../../../src/data/text/text-settings.ts';
import { ExitCode } from '../../../src/support/errors.ts';
import { folderWith, settings } from './text-files.ts';

/** A split as words. */
function words({ vocabulary, splits }: Corpus, split: TextSplit): string {
  return [...splits[split].shard(0)].map((id) => vocabulary.entries[id]!.word).join(' ');
}

const small = { 'train.txt': 'the cat\nthe dog sat\n', 'valid.txt': 'a cat\n', 'test.txt': 'The cat\n' };
const load = (files: Record<string, string | Uint8Array>, changes: Partial<TextSettings> = {}) =>
  loadCorpus(folderWith({ ...small, ...files }), settings(changes));

describe('Brown', () => {
  test('has the published figures, split by document', async () => {
    const { splits, vocabulary } = await loadCorpus(
      'brown',
      settings({ lowerCase: true, vocabulary: { top: 10_000, minCount: 1 } }),
    );
    const { train, valid, test } = splits;
    expect([train.words, valid.words, test.words]).toEqual([929_728, 115_661, 115_803]);
    expect([train.sentences, valid.sentences, test.sentences]).toEqual([46_175, 5_523, 5_642]);
    expect(vocabulary.size).toBe(10_000);
    const rates = [train, valid, test].map(({ unknown, words }) => ((100 * unknown) / words).toFixed(1));
    expect(rates).toEqual(['6.9', '9.3', '9.3']);
  });

  test('comes without its tags', async () => {
    const corpus = await loadCorpus('brown', settings());
    const first =
      "The Fulton County Grand Jury said Friday an investigation of Atlanta's recent primary election produced";
    expect(words(corpus, 'train').startsWith(first)).toBe(true);
  });
});

describe('a folder of text', () => {
  test.each([
    ['train.txt', 'valid.txt', 'test.txt'],
    ['ptb.train.txt', 'ptb.valid.txt', 'ptb.test.txt'],
    ['wiki.train.tokens', 'wiki.valid.tokens', 'wiki.test.tokens'],
    ['training', 'dev', 'test.raw'],
    ['my_train.text', 'my_validation.text', 'my_test.text'],
    ['train/b.txt', 'valid/one', 'test/one'],
  ])('%s, %s, %s', async (train, valid, test) => {
    const corpus = await loadCorpus(
      folderWith({ [train]: 'a b\n', [valid]: 'b\n', [test]: 'a\n' }),
      settings(),
    );
    expect(['train', 'valid', 'test'].map((split) => words(corpus, split as TextSplit))).toEqual([
      'a b </s>',
      'b </s>',
      'a </s>',
    ]);
  });

  test('may hold several files a split in a folder, in the order of their names', async () => {
    const { 'train.txt': _, ...rest } = small;
    const corpus = await loadCorpus(folderWith({ ...rest, 'train/2': 'b\n', 'train/1': 'a\n' }), settings());
    expect(words(corpus, 'train')).toBe('a </s> b </s>');
  });

  test('may be gzipped, have Windows line ends, a byte order mark, odd spaces, blank lines, no last line end', async () => {
    const text = '\ufeffthe  cat\r\n\r\n \t the\tdog sat ';
    const plain = await load({});
    const odd = await load({ 'train.txt': text });
    const { 'train.txt': _, ...rest } = small;
    const packed = await loadCorpus(folderWith({ ...rest, 'train.txt.gz': gzipSync(text) }), settings());
    expect(words(odd, 'train')).toBe(words(plain, 'train'));
    expect(words(packed, 'train')).toBe(words(plain, 'train'));
  });
});

describe('settings', () => {
  test('words outside the vocabulary become the unknown word, and are counted', async () => {
    const corpus = await load({}, { vocabulary: { top: null, minCount: 2 } });
    expect(words(corpus, 'train')).toBe('the <unk> </s> the <unk> <unk> </s>');
    expect(corpus.splits.train).toMatchObject({ words: 5, sentences: 2, unknown: 3 });
    expect(corpus.vocabulary.entries).toEqual([
      { word: '<unk>', count: 3 },
      { word: '</s>', count: 2 },
      { word: 'the', count: 2 },
    ]);
  });

  test('the unknown word of the text itself is the same one, under any spelling it is given', async () => {
    const corpus = await load({ 'train.txt': 'the UNK\nthe dog\n' }, { unknown: 'UNK', lowerCase: true });
    expect(words(corpus, 'train')).toBe('the unk </s> the dog </s>');
    expect(words(corpus, 'valid')).toBe('unk unk </s>');
    expect(corpus.vocabulary.unknown).toBe(corpus.vocabulary.entries.findIndex(({ word }) => word === 'unk'));
  });

  test('lower case', async () => {
    expect(words(await load({}), 'test')).toBe('<unk> cat </s>');
    expect(words(await load({}, { lowerCase: true }), 'test')).toBe('the cat </s>');
  });

  test('markers', async () => {
    const both = await load({}, { markers: 'both' });
    expect(words(both, 'train')).toBe('<s> the cat </s> <s> the dog sat </s>');
    expect(both.vocabulary.entries.at(-1)).toEqual({ word: '<unk>', count: 0 });
    expect(both.vocabulary.entries.at(-2)).toEqual({ word: '<s>', count: 0 });
    const none = await load({ 'train.txt': '<s> the cat </s>\n' }, { markers: 'none' });
    expect(words(none, 'train')).toBe('<s> the cat </s>');
    expect([none.vocabulary.begin, none.vocabulary.end]).toEqual([null, null]);
  });

  test('top counts the special words, and cuts ties by spelling', async () => {
    const { vocabulary } = await load(
      { 'train.txt': 'b a c b a c d\n' },
      { vocabulary: { top: 4, minCount: 1 } },
    );
    expect(vocabulary.entries.map(({ word }) => word)).toEqual(['<unk>', 'a', 'b', '</s>']);
    const roomy = await load({}, { vocabulary: { top: 100, minCount: 1 } });
    expect(roomy.vocabulary.size).toBe(4 + 2);
  });
});

describe('bad text', () => {
  const fails = async (files: Record<string, string | Uint8Array>, changes: Partial<TextSettings> = {}) => {
    const folder = folderWith({ ...small, ...files });
    const error = await loadCorpus(folder, settings(changes)).then(
      () => ({ exitCode: 0, message: 'loaded' }),
      (failure) => failure,
    );
    return [error.exitCode, error.message.replaceAll(folder, 'DIR')];
  };

  test('that is not UTF-8, with the line', async () => {
    const bad = Buffer.concat([Buffer.from('one\ntwo caf\u00e9\nthree '), Buffer.from([0xe9, 0x0a])]);
    expect(await fails({ 'valid.txt': bad })).toEqual([ExitCode.badData, 'DIR/valid.txt:3: not UTF-8 text']);
  });

  test.each(['', '\n \n'])('that is empty: %j', async (text) => {
    expect(await fails({ 'test.txt': text })).toEqual([ExitCode.badData, 'DIR/test.txt: no words in it']);
  });

  test('with sentence markers of its own', async () => {
    const [exitCode, message] = await fails({ 'train.txt': 'a b\nc </s>\n' });
    expect(exitCode).toBe(ExitCode.badData);
    expect(message).toMatch(/^DIR\/train\.txt:2: the word <\/s> is a sentence marker/);
  });

  test('with words that the vocabulary lacks, when no word stands for them', async () => {
    const [exitCode, message] = await fails({}, { unknown: null });
    expect(exitCode).toBe(ExitCode.badData);
    expect(message).toMatch(/^DIR, valid split: the word "a" is not in the vocabulary/);
    expect((await fails({}, { unknown: null, vocabulary: { top: null, minCount: 2 } }))[1]).toMatch(
      /leaves out 3 of the 5 words of the training split/,
    );
    expect(await fails({ 'valid.txt': 'cat\n', 'test.txt': 'dog\n' }, { unknown: null })).toEqual([
      0,
      'loaded',
    ]);
  });

  test('that is a broken gzip file', async () => {
    const whole = gzipSync(Buffer.from('the cat\n'.repeat(1000)));
    const { 'train.txt': _, ...rest } = small;
    const folder = folderWith({ ...rest, 'train.gz': whole.subarray(0, whole.length - 12) });
    await expect(loadCorpus(folder, settings())).rejects.toMatchObject({
      exitCode: ExitCode.badData,
      message: expect.stringContaining('train.gz: expected a complete gzip file'),
    });
  });

  test('of which a split is missing, or is there twice', async () => {
    const folder = folderWith({ 'train.txt': 'a\n', 'test.txt': 'a\n' });
    await expect(loadCorpus(folder, settings())).rejects.toMatchObject({
      exitCode: ExitCode.missingInput,
      message: expect.stringMatching(/no valid split; it is a file such as valid\.txt/),
    });
    expect(await fails({ 'ptb.train.txt': 'a\n' })).toEqual([
      ExitCode.badData,
      'DIR: expected one train split, found ptb.train.txt and train.txt; move the others away',
    ]);
  });

  test('that is not there, or something else', async () => {
    await expect(loadCorpus('/no/such', settings())).rejects.toMatchObject({
      exitCode: ExitCode.missingInput,
    });
    const folder = folderWith({ 'a.bin': 'x' });
    await expect(loadCorpus(folder, settings())).rejects.toMatchObject({
      exitCode: ExitCode.missingInput,
      message: expect.stringContaining('neither text'),
    });
    await expect(loadCorpus(join(folder, 'a.bin'), settings())).rejects.toThrow(
      'expected a folder, found a file',
    );
  });
});
