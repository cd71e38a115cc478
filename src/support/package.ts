import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, from the sources as well as from the built files. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The command line's entry, for starting further processes of it. */
export const programPath = `${packageRoot}bin/irnn-run.js`;

export const version = (JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string })
  .version;

/** The path of a file that ships with the program, from package.json's folder. */
export function packageFile(path: string): string {
  return `${packageRoot}${path}`;
}
