import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Parser, type ReadEntry } from 'tar';
import { ExitCode, UserError } from '../../support/errors.ts';
import { fileSource } from './folder.ts';
import { ByteMeter, readBytes, readLines } from './lines.ts';
import type { FileHash, TextSource } from './source.ts';
import type { TextSplit } from './text-settings.ts';

const NAME = '1-billion-word-language-modeling-benchmark-r13output';
const ARCHIVE = `${NAME}.tar.gz`;
/** sha256 of the published archive. */
const ORIGINAL = '01ba60381110baf7f189dfd2b8374de371e8c9a340835793f190bdae9e90a34e';

const TRAINING = 'training-monolingual.tokenized.shuffled';
const HELDOUT = 'heldout-monolingual.tokenized.shuffled';
/** Held-out text comes in 50 parts. Results are reported on the first; the second is taken for validation. */
const PARTS: Readonly<Record<string, TextSplit>> = {
  'news.en.heldout-00000-of-00050': 'test',
  'news.en.heldout-00001-of-00050': 'valid',
};

/** The split of a file of the benchmark by the end of its path; null for files that are not used. */
function splitOf(path: string): TextSplit | null {
  const [folder, name] = path.split(/[\\/]/).slice(-2) as [string, string | undefined];
  if (folder === TRAINING && /^news\.en-000\d\d-of-00100$/.test(name ?? '')) return 'train';
  return folder === HELDOUT ? (PARTS[name ?? ''] ?? null) : null;
}

/**
 * The 1 Billion Word benchmark (Chelba et al. 2013, arXiv 1312.3005) from its archive, packed or not, from the folder
 * that it unpacks to, or from the folder that holds either. Training files may be missing, for a smaller corpus.
 * Throws UserError: 66 when it is not there or a split is missing.
 */
export function lm1bSource(from: string): TextSource {
  const stat = statSync(from, { throwIfNoEntry: false });
  if (stat === undefined) throw missing(from, 'no such file or folder');
  if (stat.isFile()) return archiveSource(from);
  const unpacked = [from, join(from, NAME)].find((folder) => existsSync(join(folder, TRAINING)));
  if (unpacked !== undefined) return unpackedSource(unpacked);
  const archive = [ARCHIVE, ARCHIVE.slice(0, -'.gz'.length)].map((name) => join(from, name)).find(existsSync);
  if (archive !== undefined) return archiveSource(archive);
  throw missing(from, `neither ${ARCHIVE} nor the folder ${TRAINING} is there`);
}

function unpackedSource(root: string): TextSource {
  const files = [TRAINING, HELDOUT]
    .flatMap((folder) =>
      existsSync(join(root, folder))
        ? readdirSync(join(root, folder)).map((name) => join(root, folder, name))
        : [],
    )
    .sort()
    .flatMap((path) => {
      const split = splitOf(path);
      return split === null ? [] : [{ split, path }];
    });
  checkSplits(root, files);
  return fileSource(root, files);
}

function checkSplits(path: string, files: readonly { readonly split: TextSplit }[]): void {
  const has = (split: TextSplit) => files.some((file) => file.split === split);
  if (!has('train')) throw missing(path, `no training files (${TRAINING}/news.en-000NN-of-00100)`);
  for (const [name, split] of Object.entries(PARTS)) {
    if (!has(split)) throw missing(path, `no ${split} split (${HELDOUT}/${name})`);
  }
}

function missing(path: string, what: string): UserError {
  return new UserError(
    ExitCode.missingInput,
    `${path}: ${what}; it should hold the 1 Billion Word benchmark`,
  );
}

/** The archive is read from beginning to end, whatever is wanted of it: its hash covers all of it. */
function archiveSource(path: string): TextSource {
  const { size, mtimeMs } = statSync(path);
  let hash: FileHash | null = null;
  return {
    path,
    fingerprint: [`${path} ${size} ${mtimeMs}`],
    bytes: size,
    async *files(onBytes) {
      const meter = new ByteMeter(onBytes);
      const found: { split: TextSplit }[] = [];
      for await (const entry of entries(path, readBytes(path, meter))) {
        const split = splitOf(entry.path);
        if (split !== null) {
          found.push({ split });
          const name = entry.path.split('/').slice(-2).join('/');
          yield { split, path: name, lines: () => readLines(`${basename(path)}:${name}`, entry) };
        }
        entry.resume();
      }
      checkSplits(path, found);
      const sha256 = meter.sha256();
      hash = { path, bytes: meter.bytes, sha256, original: sha256 === ORIGINAL };
    },
    hashes: () => (hash === null ? [] : [hash]),
  };
}

/**
 * The entries of a tar archive, one at a time: each has to be read or resumed before the next one comes.
 * Throws UserError (65) for a broken archive, from the entry being read or from the generator.
 */
async function* entries(path: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const waiting: ReadEntry[] = [];
  let current: ReadEntry | undefined;
  let state: { readonly failure: Error | null } | null = null;
  let wake = () => {};
  const end = (failure: Error | null) => {
    state ??= { failure };
    if (state.failure !== null) current?.destroy(state.failure);
    wake();
  };
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      waiting.push(entry);
      wake();
    },
  });
  parser.on('error', (error: Error) => {
    const found = `a broken one (${error.message})`;
    end(
      new UserError(ExitCode.badData, `${path}: expected a complete tar archive, found ${found}`, {
        cause: error,
      }),
    );
  });
  parser.on('end', () => end(null));
  void feed(parser, bytes).catch(end);
  for (;;) {
    current = waiting.shift();
    if (current !== undefined) yield current;
    else if (state !== null) break;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  const { failure } = state as { readonly failure: Error | null };
  if (failure !== null) throw failure;
}

async function feed(parser: Parser, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  // What follows the end of the archive is padding, which the parser would look at block by block.
  let ended = false;
  parser.on('eof', () => {
    ended = true;
  });
  for await (const chunk of bytes) {
    if (!ended && !parser.write(chunk)) await once(parser, 'drain');
  }
  parser.end();
}
