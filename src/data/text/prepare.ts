import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { removeIfThere, removeTemporaries, replaceFile } from '../../support/atomic-file.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { readJsonFile, sealed, sealShape } from '../../support/json-file.ts';
import { DirectoryLock } from '../../support/lock.ts';
import { readRegular } from '../../support/regular-file.ts';
import type { Preparation } from '../dataset.ts';
import type { Corpus } from './corpus.ts';
import { type EncodedText, encode } from './encode.ts';
import { strangerError } from './load-corpus.ts';
import { NumberedUnits, type Unit } from './numbered-units.ts';
import {
  FORMAT,
  fileHashesShape,
  isPrepared,
  type Manifest,
  openPrepared,
  preparedPaths,
  readManifest,
  SHARD_NAME,
  type Shard,
  settingsShape,
  shardShape,
} from './prepared.ts';
import type { FileHash, TextSource } from './source.ts';
import { describeTextSettings, type TextSettings, type TextSplit } from './text-settings.ts';
import { chooseVocabulary, parseVocabulary, Vocabulary, wordIds } from './vocabulary.ts';

interface PrepareOptions {
  /** Start over, deleting what an earlier preparation left. */
  readonly fresh: boolean;
  readonly progress: Preparation;
  /** Words of a shard. Text is in memory by the shard. */
  readonly shardSize?: number;
}

/** 16 MB of token ids. */
const SHARD_SIZE = 1 << 22;

/** What a preparation was begun with: it is continued with nothing else. */
interface Job {
  readonly settings: TextSettings;
  readonly fingerprint: readonly string[];
}
const jobShape = z.strictObject({
  settings: settingsShape,
  fingerprint: z.array(z.string()),
  sha256: sealShape,
});
const sourcesShape = z.strictObject({ sources: fileHashesShape, sha256: sealShape });
/** SHA-256 of the vocabulary. */
const vocabularyRecordShape = z.strictObject({ vocabulary: z.string(), sha256: sealShape });
const shardRecordShape = z.strictObject({ shard: shardShape, sha256: sealShape });

/**
 * Turns text into a prepared corpus in the folder `to`: a vocabulary, shards of token ids, and corpus.json with their
 * checksums. Text is read once; memory grows with the number of different words and no further. A process may be killed at
 * any moment: the same call goes on after the last piece of some million words, and leaves the same bytes.
 *
 * Throws UserError: 64 when `to` holds something else, 65 for bad text or text that changed between two attempts, 66 for a
 * missing split, 73 when `to` cannot be written, 75 while another process works on it.
 */
export async function prepareCorpus(
  source: TextSource,
  to: string,
  settings: TextSettings,
  options: PrepareOptions,
): Promise<Corpus> {
  try {
    mkdirSync(to, { recursive: true });
  } catch (error) {
    throw new UserError(ExitCode.cannotCreate, `${to}: cannot create it (${(error as Error).message})`, {
      cause: error,
    });
  }
  const lock = DirectoryLock.acquire(to);
  try {
    if (options.fresh) clear(to);
    if (isPrepared(to)) {
      checkSame(to, readManifest(to).settings, settings);
      removeWork(to); // left by a kill right after corpus.json
      options.progress.note(`${to}: already prepared (--fresh starts over)`);
    } else {
      await prepare(source, to, settings, options);
    }
    return openPrepared(to, settings);
  } finally {
    lock.release();
  }
}

async function prepare(
  source: TextSource,
  to: string,
  settings: TextSettings,
  { progress, shardSize }: PrepareOptions,
): Promise<void> {
  const work = workFolder(to);
  takeUp(work, to, { settings, fingerprint: source.fingerprint });
  const units = new NumberedUnits(work, settings, shardSize ?? SHARD_SIZE);
  if (units.units.length > 0) progress.note(`going on after ${units.units.length} pieces of text`);
  const sources = await readText(units, source, work, progress);
  const vocabulary = vocabularyOf(units, to, settings);
  const splits = await writeShards(units, vocabulary, to, progress);
  const manifest: Manifest = {
    format: FORMAT,
    settings,
    vocabulary: { size: vocabulary.size, sha256: vocabulary.sha256() },
    splits,
    sources,
  };
  replaceFile(preparedPaths(to).manifest, manifestText(sealed(manifest)));
  removeWork(to);
}

/** Indented, but for the rows of numbers. */
function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1).replace(/\[[\d,\s]+\]/g, (row) => row.replace(/\s+/g, ' '))}\n`;
}

function workFolder(to: string): string {
  return join(to, '.preparing');
}

function removeWork(to: string): void {
  rmSync(workFolder(to), { recursive: true, force: true, maxRetries: 5 });
}

/** Begins the job, or finds that it was begun with the same text and settings. */
function takeUp(work: string, to: string, job: Job): void {
  const path = join(work, 'job.json');
  const begun = readJsonFile<Job>(path, jobShape);
  if (begun === null) {
    const other = readdirSync(to).find((name) => !isOurs(name));
    if (other !== undefined) {
      throw new UserError(ExitCode.usage, `${to}: holds other files (${other}); choose another --to`);
    }
    clear(to);
    mkdirSync(work, { recursive: true });
    replaceFile(path, JSON.stringify(sealed(job)));
    return;
  }
  checkSame(to, begun.settings, job.settings);
  if (!isDeepStrictEqual(begun.fingerprint, job.fingerprint)) {
    throw new UserError(
      ExitCode.badData,
      `${to}: the text has changed since this preparation began; start over with --fresh`,
    );
  }
  removeTemporaries(work);
  removeTemporaries(to);
}

function isOurs(name: string): boolean {
  return (
    ['.preparing', 'vocabulary.tsv'].includes(name) || /^\.lock|\.tmp$/.test(name) || SHARD_NAME.test(name)
  );
}

function checkSame(to: string, found: TextSettings, wanted: TextSettings): void {
  if (isDeepStrictEqual(found, { ...wanted })) return;
  throw new UserError(
    ExitCode.usage,
    `${to}: holds a corpus with ${describeTextSettings(found)}, not ${describeTextSettings(wanted)}; choose another --to, or start over with --fresh`,
  );
}

/** Deletes what preparations wrote here, and nothing else; corpus.json first. */
function clear(to: string): void {
  const { manifest, vocabulary } = preparedPaths(to);
  removeIfThere(manifest);
  removeWork(to);
  removeIfThere(vocabulary);
  for (const name of readdirSync(to)) if (SHARD_NAME.test(name)) removeIfThere(join(to, name));
}

/** The first pass. Returns the hashes of what was read. */
async function readText(
  units: NumberedUnits,
  source: TextSource,
  work: string,
  progress: Preparation,
): Promise<readonly FileHash[]> {
  const path = join(work, 'read.json');
  const before = readJsonFile<{ readonly sources: readonly FileHash[] }>(path, sourcesShape);
  if (before !== null) return before.sources;
  progress.begin(`reading ${source.path}`, source.bytes);
  try {
    await units.readAll(source, (bytes) => progress.advance(bytes));
  } finally {
    progress.end();
  }
  const ofFiles = units.units.flatMap(({ hash }) => hash ?? []);
  const hashes = ofFiles.length > 0 ? ofFiles : source.hashes();
  replaceFile(path, JSON.stringify(sealed({ sources: hashes })));
  return hashes;
}

/** Counts and chooses, or reads what was chosen before: the counts go when the first shard has been written. */
function vocabularyOf(units: NumberedUnits, to: string, settings: TextSettings): Vocabulary {
  const { vocabulary: path } = preparedPaths(to);
  const record = join(workFolder(to), 'vocabulary.json');
  const chosen = readJsonFile<{ readonly vocabulary: string }>(record, vocabularyRecordShape);
  if (chosen !== null) {
    const entries = existsSync(path) ? parseVocabulary(readRegular(path).toString()) : null;
    const found = entries === null ? null : new Vocabulary(entries, settings);
    if (found?.sha256() === chosen.vocabulary) return found;
    throw new UserError(ExitCode.badData, `${path}: not what was chosen; start over with --fresh`);
  }
  const counts = new Float64Array(units.words.length);
  for (const unit of units.units) {
    if (unit.split === 'train') for (const number of units.load(unit)) counts[number]! += 1;
  }
  const { vocabulary } = chooseVocabulary(units.words, counts, settings);
  replaceFile(path, vocabulary.toText());
  replaceFile(record, JSON.stringify(sealed({ vocabulary: vocabulary.sha256() })));
  return vocabulary;
}

/** The second pass: every unit becomes a shard, numbered in the order of the source's files, whatever order they came in. */
async function writeShards(
  units: NumberedUnits,
  vocabulary: Vocabulary,
  to: string,
  progress: Preparation,
): Promise<Manifest['splits']> {
  const ids = wordIds(units.words, vocabulary);
  const shardOf = (unit: Unit, place: number): Shard => {
    const record = join(workFolder(to), `shard-${unit.index}.json`);
    let shard = readJsonFile<{ readonly shard: Shard }>(record, shardRecordShape)?.shard;
    if (shard === undefined) {
      const text = encode(units.load(unit), ids, vocabulary);
      if ('stranger' in text) throw strangerError(unit.path, units.words[text.stranger]!);
      shard = writeShard(to, `${unit.split}-${String(place).padStart(5, '0')}.tokens`, text);
      replaceFile(record, JSON.stringify(sealed({ shard })));
    }
    units.discard(unit);
    progress.advance(4 * unit.numbers);
    return shard;
  };
  const shardsOf = async (split: TextSplit): Promise<Shard[]> => {
    const shards: Shard[] = [];
    for (const [place, unit] of units.inOrder(split).entries()) {
      await setImmediate(); // the lock's beats, and signals
      shards.push(shardOf(unit, place));
    }
    return shards;
  };
  progress.begin(`writing ${to}`, 4 * units.units.reduce((sum, { numbers }) => sum + numbers, 0));
  try {
    return { train: await shardsOf('train'), valid: await shardsOf('valid'), test: await shardsOf('test') };
  } finally {
    progress.end();
  }
}

function writeShard(folder: string, file: string, { tokens, ...counts }: EncodedText): Shard {
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  replaceFile(join(folder, file), bytes);
  return { file, ...counts, tokens: tokens.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
