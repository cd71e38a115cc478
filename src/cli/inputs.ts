import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type InputKind, shippedFile, shippedNames } from '../config/shipped.ts';
import { closest } from '../config/suggest.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { STDIN } from '../support/stdin.ts';
import { commandNames } from './commands/all.ts';

/**
 * The file that a word of the command line stands for: a path, standard input, or the name of one of the program's own
 * configs or sweeps. A file of the user's wins over a name.
 * Throws UserError: 66 with what was probably meant if there is no such file, 64 for a word that is a setting.
 */
export function findInput(word: string, kind: InputKind): string {
  if (word === STDIN || existsSync(word)) return word;
  const shipped = shippedFile(kind, word);
  if (shipped !== null) return shipped;
  if (/^[A-Za-z_][\w.]*=/.test(word)) {
    throw new UserError(ExitCode.usage, `${word}: a setting is given as --set ${word}`);
  }
  const hint = missingHint(word, kind);
  throw new UserError(
    ExitCode.missingInput,
    `${word}: no such ${kind} file${hint === null ? '' : `; ${hint}`}`,
  );
}

function missingHint(word: string, kind: InputKind): string | null {
  const name = basename(word).replace(/\.ya?ml$/, '');
  const other = kind === 'config' ? 'sweep' : 'config';
  if (shippedFile(other, word) !== null) {
    return kind === 'config'
      ? `"${word}" is a sweep: irnn-run sweep ${word}`
      : `"${word}" is a config: irnn-run ${word}`;
  }
  if (shippedFile(kind, name) !== null) return `the program's own is called by its name: ${name}`;
  const guess = closest(word, candidates(word, kind));
  return guess === null
    ? 'irnn-run configs lists those that come with the program'
    : `did you mean "${guess}"?`;
}

/** Files beside the one that is missing, the program's own, and, where a command could stand, commands. */
function candidates(word: string, kind: InputKind): string[] {
  const folder = dirname(word);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)) : [];
  const beside = files.map((file) => (word.startsWith('./') ? `./${file}` : join(folder, file)));
  const own = shippedNames(kind);
  return folder !== '.' || word.startsWith('.') ? [...beside, ...own] : [...commandNames, ...beside, ...own];
}
