import { isAbsolute, relative } from 'node:path';
import type { InputKind } from '../config/shipped.ts';
import { packageFile } from '../support/package.ts';

/** The path of a file that ships with the program, from the working folder; null if it is not below that, as of a program installed elsewhere. */
export function fromHere(file: string): string | null {
  const path = relative(process.cwd(), packageFile(file));
  const isBelow = !path.startsWith('..') && !isAbsolute(path); // absolute: on another drive
  return isBelow ? path.replaceAll('\\', '/') : null;
}

/** The first line of a config or sweep, by which editors complete keys. Of a program that is installed elsewhere the path would be this machine's alone. */
export function schemaLine(kind: InputKind): string {
  const path = fromHere(`${kind}.schema.json`);
  return path === null ? '' : `# yaml-language-server: $schema=${path}\n`;
}
