import { readFileSync } from 'node:fs';
import { type InputKind, shippedFile, shippedNames } from '../../../config/shipped.ts';
import { didYouMean } from '../../../config/suggest.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { schemaLine } from '../../program-files.ts';
import { formatTable } from '../../terminal/table.ts';

interface Shipped {
  readonly name: string;
  readonly kind: InputKind;
  /** The first sentence of its head comment. */
  readonly shows: string;
}

/** The configs, then the sweeps, each with what it shows. */
export function listShipped(json: boolean): string {
  const all = (['config', 'sweep'] as const).flatMap((kind) =>
    shippedNames(kind).map((name): Shipped => {
      return { name, kind, shows: headOf(readFileSync(shippedFile(kind, name)!, 'utf8')) };
    }),
  );
  if (json) return `${JSON.stringify(all, null, 2)}\n`;
  const rows = (wanted: InputKind) =>
    all.filter(({ kind }) => kind === wanted).map(({ name, shows }) => [name, shows]);
  return `${formatTable(['config', 'irnn-run NAME'], rows('config'))}\n${formatTable(['sweep', 'irnn-run sweep NAME'], rows('sweep'))}`;
}

/**
 * A copy of one, to be saved anywhere: it calls the program's other configs by their names. `sweeps/NAME` is the sweep where there is a config
 * of the same name. Throws UserError (66) for a name that is none.
 */
export function printShipped(name: string): string {
  const kind = shippedFile('config', name) === null ? 'sweep' : 'config';
  const file = shippedFile(kind, name.replace(/^sweeps\//, ''));
  if (file !== null) {
    return readFileSync(file, 'utf8')
      .replace(/^# yaml-language-server:.*\n/, schemaLine(kind))
      .replaceAll(/(?:\.\.\/)+([\w./-]+)\.yaml/g, '$1');
  }
  const known = [...shippedNames('config'), ...shippedNames('sweep')];
  const hint = didYouMean(name, known) ?? 'irnn-run configs lists them';
  throw new UserError(ExitCode.missingInput, `${name}: no config that comes with the program; ${hint}`);
}

/** The first sentence of the head comment, which may wrap, after the line for editors. */
function headOf(text: string): string {
  const lines = text.split('\n').filter((line) => !line.includes('yaml-language-server'));
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment = lines
    .slice(0, end)
    .map((line) => line.slice(1).trim())
    .join(' ');
  return /^.*?(?=\.( |$))/.exec(comment)?.[0] ?? comment;
}
