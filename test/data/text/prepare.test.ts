import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Preparation, unwatched } from '../../../src/data/dataset.ts';
import type { TokenSplit } from '../../../src/data/text/corpus.ts';
import { folderSource } from '../../../src/data/text/folder.ts';
import { lm1bSource } from '../../../src/data/text/lm1b.ts';
import { loadCorpus } from '../../../src/data/text/load-corpus.ts';
import { prepareCorpus } from '../../../src/data/text/prepare.ts';
import { openPrepared, verifyPrepared } from '../../../src/data/text/prepared.ts';
import type { TextSettings, TextSplit } from '../../../src/data/text/text-settings.ts';
import { ExitCode } from '../../../src/support/errors.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { contentOf, folderWith, HELDOUT, lm1b, randomText, settings, TRAINING } from './text-files.ts';

const SPLITS: readonly TextSplit[] = ['train', 'valid', 'test'];
/** Far below the usual one, so that small files have several shards. */
const SHARD = 500;

const texts = {
  'train.txt': randomText(1, 400),
  'valid.txt': randomText(2, 150),
  'test.txt': randomText(3, 100),
};

async function prepare(from: string, to: string, changes: Partial<TextSettings> = {}, options = {}) {
  const source = existsSync(join(from, 'train.txt')) ? folderSource(from) : lm1bSource(from);
  return prepareCorpus(source, to, settings(changes), {
    fresh: false,
    progress: unwatched,
    shardSize: SHARD,
    ...options,
  });
}

function all(split: TokenSplit): Int32Array {
  return Int32Array.from(split.shards.flatMap((_, index) => [...split.shard(index)]));
}

/** The same but for where the corpus was read from. */
function withoutSources(content: Record<string, string>) {
  const { sources: _, sha256: __, ...rest } = JSON.parse(content['corpus.json']!);
  return { ...content, 'corpus.json': rest };
}

describe('a prepared corpus', () => {
  test.each<Partial<TextSettings>>([
    {},
    { markers: 'both', lowerCase: true },
    { markers: 'none', vocabulary: { top: 30, minCount: 1 } },
    { vocabulary: { top: null, minCount: 5 } },
  ])('holds the tokens of the text itself, %j', async (changes) => {
    const from = folderWith(texts);
    const to = temporaryFolder();
    await prepare(from, to, changes);
    const raw = await loadCorpus(from, settings(changes));
    const prepared = await loadCorpus(to, settings(changes));
    expect(prepared.vocabulary.entries).toEqual(raw.vocabulary.entries);
    expect(prepared.splits.train.shards.length).toBeGreaterThan(3);
    for (const split of SPLITS) {
      const [found, expected] = [prepared.splits[split], raw.splits[split]];
      expect(all(found)).toEqual(expected.shard(0));
      for (const key of ['tokens', 'words', 'unknown'] as const) expect(found[key]).toBe(expected[key]);
      const lengths = (text: TokenSplit) =>
        text.shards
          .flatMap((shard) => shard.lengths.flatMap((count, length) => Array(count).fill(length)))
          .sort();
      expect(lengths(found)).toEqual(lengths(expected));
      for (const [start, length] of [
        [0, 10],
        [SHARD - 3, 7],
        [found.tokens - 9, 9],
        [100, found.tokens - 100],
      ] as const) {
        const out = new Int32Array(length);
        found.read(start, out);
        expect(out).toEqual(expected.shard(0).subarray(start, start + length));
      }
    }
    expect(readdirSync(to).filter((name) => name.startsWith('.') || name.endsWith('.tmp'))).toEqual([]);
  });

  test('is the same from the folder of the 1 Billion Word benchmark, its archive, packed or not, and what holds them', async () => {
    const { folder, archive } = await lm1b();
    const tar = archive.slice(0, -'.gz'.length);
    writeFileSync(tar, gunzipSync(readFileSync(archive)));
    const results = [];
    for (const from of [folder, archive, tar, join(folder, '..')]) {
      const to = temporaryFolder();
      const corpus = await prepare(from, to, { markers: 'both', vocabulary: { top: null, minCount: 3 } });
      expect(corpus.splits.train.sentences).toBe(600);
      results.push(withoutSources(contentOf(to)));
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  test('takes heldout-00000 for testing and 00001 for validation', async () => {
    const { folder } = await lm1b();
    const raw = (part: string) =>
      readFileSync(join(folder, HELDOUT, `news.en.heldout-${part}-of-00050`), 'utf8');
    const { vocabulary, splits } = await prepare(folder, temporaryFolder());
    const text = (split: TextSplit) =>
      [...all(splits[split])]
        .map((id) => vocabulary.entries[id]!.word)
        .join(' ')
        .replaceAll(' </s>', '\n')
        .replaceAll('\n ', '\n');
    const known = (line: string) =>
      line.replace(/W\d+/g, (word) => (vocabulary.entries.some((e) => e.word === word) ? word : '<unk>'));
    expect(`${text('test')}\n`).toBe(`${known(raw('00000'))}\n`);
    expect(`${text('valid')}\n`).toBe(`${known(raw('00001'))}\n`);
  });
});

describe('a preparation', () => {
  /** Stops at the given call of `advance`, as a kill would between two writes. */
  const stopAt = (calls: number): Preparation => {
    let left = calls;
    return {
      ...unwatched,
      advance() {
        left -= 1;
        if (left < 0) throw new Error('stopped');
      },
    };
  };

  test.each(['folder', 'archive'] as const)(
    'that stops at any point goes on to the same bytes (%s)',
    async (kind) => {
      const { [kind]: from } = await lm1b(2, 80);
      const whole = temporaryFolder();
      await prepare(from, whole);
      for (let calls = 0; ; calls++) {
        const to = temporaryFolder();
        try {
          await prepare(from, to, {}, { progress: stopAt(calls) });
          expect(calls).toBeGreaterThan(6);
          break;
        } catch (error) {
          expect((error as Error).message).toBe('stopped');
        }
        expect(existsSync(join(to, 'corpus.json'))).toBe(false);
        await prepare(from, to);
        expect(contentOf(to)).toEqual(contentOf(whole));
      }
    },
  );

  test('does not begin again once it is done, unless it is told to', async () => {
    const from = folderWith(texts);
    const to = temporaryFolder();
    await prepare(from, to);
    const before = contentOf(to);
    const notes: string[] = [];
    const progress = {
      ...unwatched,
      begin: () => notes.push('read'),
      note: (message: string) => notes.push(message),
    };
    // What a kill between the last two steps leaves.
    mkdirSync(join(to, '.preparing'));
    writeFileSync(join(to, '.preparing', 'job.json'), '{}');
    await prepare(from, to, {}, { progress });
    expect(notes).toEqual([expect.stringContaining('already prepared')]);
    expect(contentOf(to)).toEqual(before);
    await prepare(from, to, {}, { progress, fresh: true });
    expect(notes.slice(1)).toEqual(['read', 'read']);
    expect(contentOf(to)).toEqual(before);
  });

  test('is not continued with other settings or another text', async () => {
    const from = folderWith(texts);
    const to = temporaryFolder();
    await expect(prepare(from, to, {}, { progress: stopAt(4) })).rejects.toThrow('stopped');
    await expect(prepare(from, to, { lowerCase: true })).rejects.toMatchObject({
      exitCode: ExitCode.usage,
      message: expect.stringContaining('lower_case true'),
    });
    utimesSync(join(from, 'test.txt'), 1, 1);
    await expect(prepare(from, to)).rejects.toMatchObject({
      exitCode: ExitCode.badData,
      message: expect.stringContaining('the text has changed'),
    });
    await prepare(from, to, {}, { fresh: true });
    await expect(prepare(from, to, { markers: 'both' })).rejects.toMatchObject({ exitCode: ExitCode.usage });
  });

  test('leaves files that are not its own alone', async () => {
    const to = folderWith({ 'thesis.tex': 'x' });
    for (const fresh of [false, true]) {
      await expect(prepare(folderWith(texts), to, {}, { fresh })).rejects.toMatchObject({
        exitCode: ExitCode.usage,
        message: expect.stringContaining('holds other files (thesis.tex)'),
      });
    }
    expect(contentOf(to)).toEqual({ 'thesis.tex': 'x' });
  });

  test('says what is wrong with the benchmark', async () => {
    const { folder, archive } = await lm1b();
    await expect(prepare('/no/such', temporaryFolder())).rejects.toMatchObject({
      exitCode: ExitCode.missingInput,
    });
    const packed = readFileSync(archive);
    const broken = folderWith({
      'a.tar.gz': packed.subarray(0, packed.length / 2),
      'b.tar': gunzipSync(packed).subarray(0, 15_000),
    });
    for (const name of ['a.tar.gz', 'b.tar']) {
      await expect(prepare(join(broken, name), temporaryFolder()), name).rejects.toMatchObject({
        exitCode: ExitCode.badData,
        message: expect.stringMatching(`${name}: expected a complete (gzip file|tar archive)`),
      });
    }
    appendFileSync(join(folder, TRAINING, 'news.en-00002-of-00100'), Buffer.from([0x61, 0xff, 0x0a]));
    await expect(prepare(folder, temporaryFolder())).rejects.toMatchObject({
      exitCode: ExitCode.badData,
      message: expect.stringMatching(/news\.en-00002-of-00100:201: not UTF-8 text/),
    });
    writeFileSync(join(folder, TRAINING, 'news.en-00002-of-00100'), '');
    await expect(prepare(folder, temporaryFolder())).rejects.toThrow(
      /news\.en-00002-of-00100: no words in it/,
    );
    rmSync(join(folder, HELDOUT, 'news.en.heldout-00001-of-00050'));
    await expect(prepare(folder, temporaryFolder())).rejects.toMatchObject({
      exitCode: ExitCode.missingInput,
      message: expect.stringMatching(/no valid split .*heldout-00001/),
    });
    rmSync(join(folder, TRAINING), { recursive: true });
    await expect(prepare(folder, temporaryFolder())).rejects.toMatchObject({
      exitCode: ExitCode.missingInput,
    });
  });
});

describe('a damaged corpus', () => {
  let whole = '';
  beforeAll(async () => {
    const text = mkdtempSync(join(tmpdir(), 'irnn-run-text-'));
    for (const [name, content] of Object.entries(texts)) writeFileSync(join(text, name), content);
    whole = mkdtempSync(join(tmpdir(), 'irnn-run-corpus-'));
    await prepare(text, whole);
    rmSync(text, { recursive: true });
  });
  afterAll(() => rmSync(whole, { recursive: true }));

  const damaged = async (damage: (folder: string) => void): Promise<string> => {
    const folder = temporaryFolder();
    cpSync(whole, folder, { recursive: true });
    damage(folder);
    return folder;
  };
  const problem = (folder: string) => {
    try {
      openPrepared(folder);
    } catch (error) {
      const { exitCode, message } = error as { exitCode: number; message: string };
      return [exitCode, message.replaceAll(folder, 'DIR')];
    }
    return [0, 'opened'];
  };

  test('a shard that is cut off, or gone', async () => {
    const cut = await damaged((folder) => truncateSync(join(folder, 'train-00001.tokens'), 100));
    expect(problem(cut)).toEqual([
      ExitCode.badData,
      expect.stringMatching(/^DIR\/train-00001\.tokens: truncated: expected \d+ bytes, found 100/),
    ]);
    const gone = await damaged((folder) => rmSync(join(folder, 'valid-00000.tokens')));
    expect(problem(gone)).toEqual([
      ExitCode.missingInput,
      expect.stringMatching(/valid-00000\.tokens: not there/),
    ]);
  });

  test('a vocabulary that does not match the shards, or is gone', async () => {
    const edited = await damaged((folder) => appendFileSync(join(folder, 'vocabulary.tsv'), 'more\t1\n'));
    expect(problem(edited)).toEqual([
      ExitCode.badData,
      expect.stringMatching(/^DIR\/vocabulary\.tsv: not the vocabulary that the shards were made with/),
    ]);
    const gone = await damaged((folder) => rmSync(join(folder, 'vocabulary.tsv')));
    expect(problem(gone)).toEqual([
      ExitCode.missingInput,
      expect.stringContaining('vocabulary.tsv: not there'),
    ]);
  });

  test('corpus.json that is damaged, or of another version', async () => {
    const cut = await damaged((folder) => truncateSync(join(folder, 'corpus.json'), 50));
    expect(problem(cut)).toEqual([ExitCode.badData, expect.stringContaining('corpus.json: damaged')]);
    const other = await damaged((folder) => writeFileSync(join(folder, 'corpus.json'), '{"format": "x"}'));
    expect(problem(other)[1]).toMatch(/expected the format "irnn-run corpus 2", found "x"/);
  });

  const overwrite = (folder: string, token: number) => {
    const path = join(folder, 'train-00000.tokens');
    const bytes = readFileSync(path);
    bytes.writeInt32LE(token, 40);
    writeFileSync(path, bytes);
    return createHash('sha256').update(bytes).digest('hex');
  };

  test('a changed token is found when its shard is first read, and by verification', async () => {
    const folder = await damaged((folder) => overwrite(folder, 1));
    const { train } = openPrepared(folder).splits;
    const message = /train-00000\.tokens: expected sha256/;
    expect(() => train.read(0, new Int32Array(5))).toThrow(message);
    expect(() => train.shard(0)).toThrow(message);
    expect(() => verifyPrepared(folder)).toThrow(message);
  });

  test('a token that no word has is found where checksums say nothing, in a corpus of an earlier release', async () => {
    const folder = await damaged((folder) => {
      const found = overwrite(folder, 99_999);
      const path = join(folder, 'corpus.json');
      const { sha256: _, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
      manifest.format = 'irnn-run corpus 1';
      manifest.splits.train[0].sha256 = found;
      writeFileSync(path, JSON.stringify(manifest));
    });
    const { train } = openPrepared(folder).splits;
    expect(() => train.read(0, new Int32Array(5))).toThrow(/found 99999 at position 10/);
    expect(() => train.shard(0)).toThrow(/the vocabulary does not match/);
  });

  test('corpus.json that names files elsewhere, or that was edited', async () => {
    const edited = (
      change: (manifest: { format: string; sha256?: string; splits: { train: { file: string }[] } }) => void,
    ) =>
      damaged((folder) => {
        const path = join(folder, 'corpus.json');
        const manifest = JSON.parse(readFileSync(path, 'utf8'));
        change(manifest);
        writeFileSync(path, JSON.stringify(manifest));
      });
    const elsewhere = await edited((manifest) => {
      manifest.format = 'irnn-run corpus 1';
      delete manifest.sha256;
      manifest.splits.train[0]!.file = '../secret';
    });
    expect(problem(elsewhere)).toEqual([
      ExitCode.badData,
      expect.stringContaining('expected the plain name'),
    ]);
    const swapped = await edited(({ splits }) => {
      splits.train.reverse();
    });
    expect(problem(swapped)).toEqual([ExitCode.badData, expect.stringContaining('checksum does not match')]);
  });

  test('prepared with other settings than the config has', async () => {
    const folder = await damaged(() => {});
    await expect(loadCorpus(folder, settings({ markers: 'both' }))).rejects.toMatchObject({
      exitCode: ExitCode.badConfig,
      message: expect.stringContaining('markers end; the config has'),
    });
  });
});
