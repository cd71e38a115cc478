import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { packageRoot } from './package.ts';

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
