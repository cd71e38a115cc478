import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ExitCode, UserError } from '../../support/errors.ts';
import { readJsonFile, sealShape } from '../../support/json-file.ts';
import { readRegular } from '../../support/regular-file.ts';
import type { Corpus } from './corpus.ts';
import { addCounts, type TextCounts } from './encode.ts';
import { checkShard, ShardedSplit } from './sharded-split.ts';
import type { FileHash } from './source.ts';
import { describeTextSettings, SPLITS, type TextSettings, type TextSplit } from './text-settings.ts';
import { parseVocabulary, Vocabulary } from './vocabulary.ts';

/** corpus.json: written last, it says that a corpus is prepared, and what its files must be. */
export interface Manifest {
  readonly format: typeof FORMAT | typeof UNSEALED;
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

export const FORMAT = 'irnn-run corpus 2';
/** The format of earlier releases, without a checksum of corpus.json itself. */
const UNSEALED = 'irnn-run corpus 1';

/** Names of shards, in which no path can hide. */
export const SHARD_NAME = /^(train|valid|test)-\d{5}\.tokens$/;

const count = z.int().min(0);
const sha256 = z.string().length(64);
export const shardShape = z.strictObject({
  file: z.string().regex(SHARD_NAME, 'expected the plain name of a shard'),
  sentences: count,
  words: count,
  unknown: count,
  lengths: z.array(count),
  tokens: count,
  sha256,
});
const shards = z.array(shardShape).min(1);
export const fileHashesShape = z.array(
  z.strictObject({ path: z.string(), bytes: count, sha256, original: z.boolean().nullable() }),
);
export const settingsShape = z.strictObject({
  lowerCase: z.boolean(),
  unknown: z.string().nullable(),
  markers: z.enum(['end', 'both', 'none']),
  vocabulary: z.strictObject({ top: count.nullable(), minCount: count }),
});
const contents = {
  settings: settingsShape,
  vocabulary: z.strictObject({ size: count, sha256 }),
  splits: z.strictObject({ train: shards, valid: shards, test: shards }),
  sources: fileHashesShape,
};
const formatShape = z.looseObject({ format: z.string() });
const manifestShape = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal(FORMAT), ...contents, sha256: sealShape }),
  z.strictObject({ format: z.literal(UNSEALED), ...contents }),
]);

export function preparedPaths(folder: string) {
  return { manifest: join(folder, 'corpus.json'), vocabulary: join(folder, 'vocabulary.tsv') };
}

export function isPrepared(folder: string): boolean {
  return existsSync(preparedPaths(folder).manifest);
}

/** Throws UserError (65) if corpus.json is damaged, (66) if it is not there. */
export function readManifest(folder: string): Manifest {
  const { manifest: path } = preparedPaths(folder);
  const begin = readJsonFile<{ readonly format: string }>(path, formatShape, AGAIN);
  if (begin === null) throw new UserError(ExitCode.missingInput, `${path}: not there; ${AGAIN}`);
  if (begin.format === FORMAT || begin.format === UNSEALED) {
    return readJsonFile<Manifest>(path, manifestShape, AGAIN)!;
  }
  throw new UserError(
    ExitCode.badData,
    `${path}: expected the format "${FORMAT}", found "${begin.format}"; ${AGAIN}`,
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
      `${folder}: prepared with ${describeTextSettings(manifest.settings)}; the config has ${describeTextSettings(settings)}. Change the config's task, or prepare the corpus again`,
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
export function verifyPrepared(folder: string): Corpus {
  const corpus = openPrepared(folder);
  for (const { file, sha256 } of SPLITS.flatMap((split) => readManifest(folder).splits[split])) {
    checkShard(join(folder, file), sha256);
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
  const text = readRegular(path).toString();
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
