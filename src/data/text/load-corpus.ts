import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ExitCode, UserError } from '../../support/errors.ts';
import { BROWN, brownSource } from './brown.ts';
import { type Corpus, memorySplit } from './corpus.ts';
import { encode } from './encode.ts';
import { folderSource, isTextFolder } from './folder.ts';
import { isPrepared, openPrepared } from './prepared.ts';
import type { FileHash, TextFile, TextSource } from './source.ts';
import { SPLITS, type TextSettings } from './text-settings.ts';
import { chooseVocabulary } from './vocabulary.ts';
import { TokenBuffer, WordNumbers } from './word-numbers.ts';

/** More text than this is prepared once (`irnn-run data prepare`) instead of read at every start. */
const LARGEST_BYTES = 2 ** 30;

/**
 * Opens `brown`, a folder of text, or a prepared corpus, under the settings of a config.
 * Throws UserError: 65 for bad, 66 for missing data, 78 when a corpus was prepared with other settings.
 */
export async function loadCorpus(data: string, settings: TextSettings): Promise<Corpus> {
  if (data !== BROWN && isPrepared(existingFolder(data))) return openPrepared(resolve(data), settings);
  return readCorpus(rawSource(data), settings);
}

/** Text that has not been prepared: `brown`, or a folder. Throws UserError (66) if there is none. */
export function rawSource(data: string): TextSource {
  if (data === BROWN) return brownSource();
  const folder = existingFolder(data);
  if (isTextFolder(folder)) return folderSource(folder);
  throw new UserError(
    ExitCode.missingInput,
    `${folder}: neither text (train.txt, valid.txt, test.txt, or names like ptb.train.txt) nor a prepared corpus (corpus.json); the 1 Billion Word benchmark has to be prepared first: irnn-run data prepare lm1b --from ${data}`,
  );
}

function existingFolder(data: string): string {
  const folder = resolve(data);
  const wanted = `task.data is "${BROWN}", a folder of text, or a prepared corpus`;
  if (!existsSync(folder))
    throw new UserError(ExitCode.missingInput, `${folder}: there is no such folder; ${wanted}`);
  if (!statSync(folder).isDirectory()) {
    throw new UserError(ExitCode.missingInput, `${folder}: expected a folder, found a file; ${wanted}`);
  }
  return folder;
}

/** Reads text into memory and builds its vocabulary. */
async function readCorpus(source: TextSource, settings: TextSettings): Promise<Corpus> {
  if (source.bytes > LARGEST_BYTES) {
    throw new UserError(
      ExitCode.badData,
      `${source.path}: ${source.bytes} bytes of text are more than fit into memory; prepare it once (irnn-run data prepare text --from ${source.path}) and set task.data to what comes out`,
    );
  }
  const numbers = new WordNumbers(settings);
  const buffers = { train: new TokenBuffer(), valid: new TokenBuffer(), test: new TokenBuffer() };
  for await (const file of source.files(() => {})) await numberFile(file, numbers, buffers[file.split]);
  const numbered = { train: buffers.train.take(), valid: buffers.valid.take(), test: buffers.test.take() };
  const counts = new Float64Array(numbers.words.length);
  for (const number of numbered.train) counts[number]! += 1;
  const { vocabulary, ids } = chooseVocabulary(numbers.words, counts, settings);
  const splits = Object.fromEntries(
    SPLITS.map((split) => {
      const text = encode(numbered[split], ids, vocabulary);
      if ('stranger' in text)
        throw strangerError(`${source.path}, ${split} split`, numbers.words[text.stranger]!);
      return [split, memorySplit(text.tokens, text.lengths, text)];
    }),
  );
  return {
    path: source.path,
    vocabulary,
    splits: splits as Corpus['splits'],
    hashes: byName(source.hashes()),
  };
}

/** Appends the numbers of all words of a file. Throws UserError (65) if it has none, and as TextFile.lines does. */
export async function numberFile(file: TextFile, numbers: WordNumbers, out: TokenBuffer): Promise<void> {
  const before = out.length;
  let line = 0;
  for await (const lines of file.lines()) {
    for (const text of lines) {
      line += 1;
      numbers.append(text, out, () => `${file.path}:${line}`);
    }
  }
  if (out.length === before) throw new UserError(ExitCode.badData, `${file.path}: no words in it`);
}

function byName(files: readonly FileHash[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, sha256 }) => [basename(path), sha256]));
}

/** A word that is not in the vocabulary, where no word stands for such. */
export function strangerError(path: string, word: string): UserError {
  return new UserError(
    ExitCode.badData,
    `${path}: the word "${word}" is not in the vocabulary, and unknown is null; name a word that stands for such words`,
  );
}
