import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
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

export interface GitState {
  readonly commit: string;
  /** Whether tracked files differ from the commit. */
  readonly dirty: boolean;
}

/** The commit this code was built from; null where it was installed as a package. */
export function gitState(): GitState | null {
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(packageRoot)) return null;
    const commit = git('rev-parse', 'HEAD');
    return { commit, dirty: git('status', '--porcelain', '--untracked-files=no') !== '' };
  } catch {
    return null; // no git, or no checkout
  }
}

function git(...args: string[]): string {
  return execFileSync('git', ['-C', packageRoot, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
