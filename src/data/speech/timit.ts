import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../support/errors.ts';

/** One utterance of a corpus in TIMIT layout. */
export interface TimitUtterance {
  readonly part: 'train' | 'test';
  /** In lower case, as is the name. */
  readonly speaker: string;
  readonly name: string;
  readonly audio: string;
  readonly labels: string;
}

/** Folders between the one that is given and the one that holds TRAIN and TEST: copies of TIMIT nest it twice. */
const DEEPEST = 3;

/** The dialect sentences, which every speaker reads: their phones would be in training and test alike. */
const DIALECT_SENTENCE = /^sa[12]$/;

/**
 * The utterances of a corpus laid out as TIMIT is: TRAIN and TEST, in them folders of speakers (under dialect
 * regions or not), in these audio `<name>.WAV` (or `.WAV.wav`) beside labels `<name>.PHN`; upper or lower case.
 * SA sentences are left out. Sorted by part, speaker and name.
 * Throws UserError: 66 when there is no such folder, 65 for a file without its partner.
 */
export function findTimit(folder: string): TimitUtterance[] {
  const parts = findParts(folder);
  const utterances: TimitUtterance[] = [];
  for (const part of ['train', 'test'] as const) {
    const before = utterances.length;
    walk(parts[part], part, utterances);
    if (utterances.length === before) {
      throw new UserError(
        ExitCode.missingInput,
        `${parts[part]}: expected utterances (.WAV and .PHN), found none`,
      );
    }
  }
  const key = ({ part, speaker, name }: TimitUtterance) => `${part === 'train' ? 0 : 1} ${speaker} ${name}`;
  return utterances.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

interface Parts {
  readonly train: string;
  readonly test: string;
}

/** Whether a folder holds, perhaps under others, the parts of a corpus in TIMIT layout, with labels in them. */
export function hasTimitLayout(folder: string): boolean {
  const parts = lookForParts(resolve(folder));
  return parts !== null && holdsLabels(parts.train);
}

function holdsLabels(folder: string): boolean {
  return list(folder).some(({ name, isFolder }) =>
    isFolder ? holdsLabels(join(folder, name)) : name.toLowerCase().endsWith('.phn'),
  );
}

function findParts(folder: string): Parts {
  const root = resolve(folder);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(
      ExitCode.missingInput,
      `${root}: there is no such folder; task.data is "synthetic" or a corpus in TIMIT layout`,
    );
  }
  const parts = lookForParts(root);
  if (parts !== null) return parts;
  throw new UserError(
    ExitCode.missingInput,
    `${root}: expected a corpus in TIMIT layout: folders TRAIN and TEST`,
  );
}

function lookForParts(root: string): Parts | null {
  let level = [root];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const folders = level.map((path) => ({ path, children: list(path).filter(({ isFolder }) => isFolder) }));
    for (const { path, children } of folders) {
      const [train, test] = ['train', 'test'].map((name) =>
        children.find((child) => child.name.toLowerCase() === name),
      );
      if (train && test) return { train: join(path, train.name), test: join(path, test.name) };
    }
    level = folders.flatMap(({ path, children }) => children.map(({ name }) => join(path, name)));
  }
  return null;
}

/** Adds the utterances under a folder; the last folder's name is the speaker's. */
function walk(folder: string, part: 'train' | 'test', utterances: TimitUtterance[]): void {
  const audio = new Map<string, string>();
  const labels = new Map<string, string>();
  for (const entry of list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFolder) {
      walk(path, part, utterances);
      continue;
    }
    const match = /^(.+?)((?:\.wav)+|\.phn)$/.exec(entry.name.toLowerCase());
    if (!match) continue;
    const [files, name] = [match[2] === '.phn' ? labels : audio, match[1]!];
    if (!files.has(name)) files.set(name, path);
  }
  const speaker = basename(folder).toLowerCase();
  for (const [name, path] of audio) {
    if (!labels.has(name)) throw lonely(path, '.PHN');
    if (DIALECT_SENTENCE.test(name)) continue;
    utterances.push({ part, speaker, name, audio: path, labels: labels.get(name)! });
  }
  for (const [name, path] of labels) if (!audio.has(name)) throw lonely(path, '.WAV');
}

function lonely(path: string, extension: string): UserError {
  return new UserError(ExitCode.badData, `${path}: expected a ${extension} file beside it, found none`);
}

/** Without hidden files; sorted, so that which of two copies of a file is taken depends on nothing else. */
function list(folder: string): { readonly name: string; readonly isFolder: boolean }[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => ({ name: entry.name, isFolder: isFolder(folder, entry) }));
}

/** A link to a folder is one, too. */
function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() === true;
}
