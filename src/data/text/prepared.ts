import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ExitCode, UserError } from '../../support/errors.ts';
import { readJsonFile } from '../../support/json-file.ts';
import type { Corpus } from './corpus.ts';
import { addCounts, type TextCounts } from './encode.ts';
import { describeSettings, SPLITS, type TextSettings, type TextSplit } from './settings.ts';
import { ShardedSplit } from './sharded-split.ts';
import type { FileHash } from './source.ts';
import { parseVocabulary, Vocabulary } from './vocabulary.ts';

/** corpus.json: written last, it says that a corpus is prepared, and what its files must be. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly settings: TextSettings;
  readonly vocabulary: { readonly size: number; readonly sha256: string };
  readonly splits: Readonly<Record<TextSplit, readonly Shard[]>>;
  /** What it was made from. */
  readonly sources: readonly FileHash[];
}

/** A file of token ids: 32-bit little-endian integers. */
export interface Shard extends TextCounts {
  readonly file: string;
  readonly tokens: number;
  readonly lengths: readonly number[];
  readonly sha256: string;
}

export const FORMAT = 'irnn-run corpus 1';

export function preparedPaths(folder: string) {
  return { manifest: join(folder, 'corpus.json'), vocabulary: join(folder, 'vocabulary.tsv') };
}

export function isPrepared(folder: string): boolean {
  return existsSync(preparedPaths(folder).manifest);
}

/** Throws UserError (65) if corpus.json is damaged, (66) if it is not there. */
export function readManifest(folder: string): Manifest {
  const { manifest: path } = preparedPaths(folder);
  const manifest = readJsonFile<Manifest>(path);
  if (manifest === null) throw new UserError(ExitCode.missingInput, `${path}: not there; ${AGAIN}`);
  if (manifest.format === FORMAT) return manifest;
  throw new UserError(
    ExitCode.badData,
    `${path}: expected the format "${FORMAT}", found "${manifest.format}"; ${AGAIN}`,
  );
}

const AGAIN = 'prepare the corpus again (irnn-run data prepare ... --fresh)';

/**
 * Opens a prepared corpus without reading its shards. Throws UserError: 65 when the vocabulary or a shard's size is not
 * what corpus.json says, 66 when a file is missing, 78 when it was prepared with other settings.
 */
export function openPrepared(folder: string, settings?: TextSettings): Corpus {
  const manifest = readManifest(folder);
  if (settings !== undefined && !isDeepStrictEqual(manifest.settings, { ...settings })) {
    throw new UserError(
      ExitCode.badConfig,
      `${folder}: prepared with ${describeSettings(manifest.settings)}; the config has ${describeSettings(settings)}. Change the config's task, or prepare the corpus again`,
    );
  }
  const vocabulary = readVocabulary(folder, manifest);
  const splits = Object.fromEntries(
    SPLITS.map((split) => {
      const shards = manifest.splits[split];
      for (const shard of shards) checkSize(folder, shard);
      return [split, new ShardedSplit(folder, shards, addCounts(shards), vocabulary.size)];
    }),
  );
  return {
    path: folder,
    vocabulary,
    splits: splits as unknown as Corpus['splits'],
    hashes: { prepared: hashOf(manifest) },
  };
}

/** Opens a prepared corpus and checks every byte of it, with the same errors. */
export async function verifyPrepared(folder: string): Promise<Corpus> {
  const corpus = openPrepared(folder);
  for (const shard of SPLITS.flatMap((split) => readManifest(folder).splits[split])) {
    const path = join(folder, shard.file);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
    const found = hash.digest('hex');
    if (found !== shard.sha256) {
      throw new UserError(
        ExitCode.badData,
        `${path}: expected sha256 ${shard.sha256}, found ${found}; ${AGAIN}`,
      );
    }
  }
  return corpus;
}

/** Of everything that determines the tokens, wherever they were made. */
function hashOf({ settings, vocabulary, splits }: Manifest): string {
  return createHash('sha256').update(JSON.stringify({ settings, vocabulary, splits })).digest('hex');
}

function readVocabulary(folder: string, manifest: Manifest): Vocabulary {
  const { vocabulary: path } = preparedPaths(folder);
  if (!existsSync(path)) throw new UserError(ExitCode.missingInput, `${path}: not there; ${AGAIN}`);
  const text = readFileSync(path, 'utf8');
  const sha256 = createHash('sha256').update(text).digest('hex');
  const entries = parseVocabulary(text);
  if (entries !== null && sha256 === manifest.vocabulary.sha256)
    return new Vocabulary(entries, manifest.settings);
  throw new UserError(
    ExitCode.badData,
    `${path}: not the vocabulary that the shards were made with: expected ${manifest.vocabulary.size} words with sha256 ${manifest.vocabulary.sha256}, found ${entries?.length ?? 'something else'} with ${sha256}; restore it, or ${AGAIN}`,
  );
}

function checkSize(folder: string, { file, tokens }: Shard): void {
  const path = join(folder, file);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new UserError(ExitCode.missingInput, `${path}: not there; ${AGAIN}`);
  if (size === 4 * tokens) return;
  const problem = size < 4 * tokens ? 'truncated' : 'too long';
  throw new UserError(
    ExitCode.badData,
    `${path}: ${problem}: expected ${4 * tokens} bytes, found ${size}; ${AGAIN}`,
  );
}
