import { join } from 'node:path';
import type { Inspection } from '../dataset.ts';
import { addCounts } from './encode.ts';
import { numberFile, rawSource } from './load-corpus.ts';
import { openPrepared, preparedPaths, readManifest, verifyPrepared } from './prepared.ts';
import { SPLITS, type TextSplit } from './text-settings.ts';
import { SENTENCE_END, TokenBuffer, WordNumbers } from './word-numbers.ts';

type Counts = Readonly<Record<TextSplit, { readonly words: number; readonly sentences: number }>>;

/** Reads `brown` or a folder of text to its end. Throws UserError (65, 66) as a run that uses it does. */
export async function inspectText(data: string): Promise<Inspection> {
  const source = rawSource(data);
  const counts = { train: empty(), valid: empty(), test: empty() };
  const numbers = new WordNumbers({ lowerCase: false, markers: 'none' });
  for await (const file of source.files(() => {})) {
    const buffer = new TokenBuffer();
    await numberFile(file, numbers, buffer);
    for (const number of buffer.take()) {
      counts[file.split][number === SENTENCE_END ? 'sentences' : 'words'] += 1;
    }
  }
  const files = source.hashes();
  return {
    task: 'language_model',
    folder: source.path,
    summary: `text of ${describe(counts)}, ${numbers.words.length - 1} different words`,
    files,
    original: files.every(({ original }) => original === null)
      ? null
      : files.every(({ original }) => original),
  };
}

/** Looks at a prepared corpus; if `thorough`, at every byte of it. Throws UserError as openPrepared and verifyPrepared do. */
export async function inspectPrepared(folder: string, thorough: boolean): Promise<Inspection> {
  const corpus = thorough ? verifyPrepared(folder) : openPrepared(folder);
  const { splits, vocabulary, sources } = readManifest(folder);
  const shards = SPLITS.flatMap((split) => splits[split]);
  const { words, unknown } = addCounts(shards);
  const share = ((100 * unknown) / words).toFixed(1);
  const originals = sources.filter(({ original }) => original !== null);
  return {
    task: 'language_model',
    folder,
    summary: `prepared text of ${describe(corpus.splits)}, vocabulary ${vocabulary.size}, ${share} % of words not in it`,
    files: [
      {
        path: preparedPaths(folder).vocabulary,
        bytes: Buffer.byteLength(corpus.vocabulary.toText()),
        sha256: vocabulary.sha256,
      },
      ...shards.map(({ file, tokens, sha256 }) => ({ path: join(folder, file), bytes: 4 * tokens, sha256 })),
    ],
    original: originals.length === 0 ? null : originals.every(({ original }) => original),
  };
}

function empty() {
  return { words: 0, sentences: 0 };
}

function describe(counts: Counts): string {
  const row = (key: 'words' | 'sentences') => SPLITS.map((split) => counts[split][key]).join(' / ');
  return `${row('words')} words in ${row('sentences')} sentences (train / valid / test)`;
}
