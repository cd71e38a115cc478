import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import type { TextSettings } from '../../../src/data/text/text-settings.ts';
import { Philox, Stream } from '../../../src/support/philox.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

export const settings = (changes: Partial<TextSettings> = {}): TextSettings => ({
  lowerCase: false,
  unknown: '<unk>',
  markers: 'end',
  vocabulary: { top: null, minCount: 1 },
  ...changes,
});

/** A folder with the given files. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Lines of words whose frequencies fall as in text: word k comes about twice as often as word 2k. */
export function randomText(seed: number, lines: number, types = 60): string {
  const random = new Philox(seed, Stream.dataTrain);
  const word = () => Math.floor((types + 1) ** (random.uint32() / 2 ** 32)) - 1;
  return Array.from({ length: lines }, () => {
    const length = 1 + random.below(12);
    return `${Array.from({ length }, () => `W${word()}`).join(' ')} .\n`;
  }).join('');
}

const ROOT = '1-billion-word-language-modeling-benchmark-r13output';
export const TRAINING = 'training-monolingual.tokenized.shuffled';
export const HELDOUT = 'heldout-monolingual.tokenized.shuffled';

/** A small corpus in the exact layout of the 1 Billion Word benchmark, in a folder and, beside it, as its archive. */
export async function lm1b(trainingFiles = 3, lines = 200): Promise<{ folder: string; archive: string }> {
  const part = (index: number, of: number) =>
    `${String(index).padStart(5, '0')}-of-${String(of).padStart(5, '0')}`;
  const files: Record<string, string> = { [`${ROOT}/README`]: 'not text of the corpus: \u0000\n' };
  for (let i = 1; i <= trainingFiles; i++) {
    files[`${ROOT}/${TRAINING}/news.en-${part(i, 100)}`] = randomText(i, lines);
  }
  for (let i = 0; i < 3; i++)
    files[`${ROOT}/${HELDOUT}/news.en.heldout-${part(i, 50)}`] = randomText(100 + i, 40);
  const parent = folderWith(files);
  const archive = join(parent, `${ROOT}.tar.gz`);
  await create({ gzip: true, file: archive, cwd: parent }, [ROOT]);
  return { folder: join(parent, ROOT), archive };
}

/** Name and content of every file of a folder, temporary ones and locks included. */
export function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('latin1')]),
  );
}
