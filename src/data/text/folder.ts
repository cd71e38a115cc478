import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, UserError } from '../../support/errors.ts';
import { ByteMeter, readBytes, readLines } from './lines.ts';
import type { FileHash, TextSource } from './source.ts';
import { SPLITS, type TextSplit } from './text-settings.ts';

/** `train.txt`, `ptb.train.txt`, `wiki.train.tokens`, `valid.txt.gz`, `dev`, ...; in a folder of one of these names, any file. */
const NAMES: Readonly<Record<TextSplit, RegExp>> = {
  train: pattern('train|training'),
  valid: pattern('valid|validation|val|dev'),
  test: pattern('test'),
};

function pattern(names: string): RegExp {
  return new RegExp(`^(?:.+[._-])?(?:${names})(?:\\.(?:txt|text|tokens|raw))?(?:\\.gz)?$`, 'i');
}

/** Whether a folder looks like text with splits. */
export function isTextFolder(folder: string): boolean {
  return readdirSync(folder).some((name) => NAMES.train.test(name));
}

/**
 * A folder of tokenised text, a sentence a line: for each split a file, or a folder of files, that has the split's name
 * (`NAMES`). Throws UserError: 66 when a split is missing, 65 when there are two of one.
 */
export function folderSource(folder: string): TextSource {
  const names = readdirSync(folder).sort();
  return fileSource(
    folder,
    SPLITS.flatMap((split) => filesOf(folder, names, split).map((path) => ({ split, path }))),
  );
}

function filesOf(folder: string, names: readonly string[], split: TextSplit): string[] {
  const [name, ...others] = names.filter((candidate) => NAMES[split].test(candidate));
  if (name === undefined) {
    throw new UserError(
      ExitCode.missingInput,
      `${folder}: no ${split} split; it is a file such as ${split}.txt, ptb.${split}.txt or wiki.${split}.tokens, plain or .gz, or a folder ${split} of such files`,
    );
  }
  if (others.length > 0) {
    throw new UserError(
      ExitCode.badData,
      `${folder}: expected one ${split} split, found ${[name, ...others].join(' and ')}; move the others away`,
    );
  }
  const path = join(folder, name);
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path).sort();
  if (files.length === 0) throw new UserError(ExitCode.missingInput, `${path}: an empty folder`);
  return files.map((file) => join(path, file));
}

/** Text in files of one's own, in the given order. */
export function fileSource(
  path: string,
  files: readonly { readonly split: TextSplit; readonly path: string }[],
): TextSource {
  const stats = files.map((file) => statSync(file.path));
  const hashes: FileHash[] = [];
  return {
    path,
    fingerprint: files.map((file, i) => `${file.split} ${file.path} ${stats[i]!.size} ${stats[i]!.mtimeMs}`),
    bytes: stats.reduce((sum, { size }) => sum + size, 0),
    async *files(onBytes) {
      for (const [i, file] of files.entries()) {
        let read = false;
        yield {
          ...file,
          async *lines() {
            read = true;
            const meter = new ByteMeter(onBytes);
            yield* readLines(file.path, readBytes(file.path, meter));
            hashes.push({ path: file.path, bytes: meter.bytes, sha256: meter.sha256(), original: null });
          },
        };
        if (!read) onBytes(stats[i]!.size);
      }
    },
    hashes: () => hashes,
  };
}
