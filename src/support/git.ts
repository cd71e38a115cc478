import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { packageRoot } from './package.ts';

export interface GitState {
  readonly commit: string;
  /** Whether tracked files differ from the commit. */
  readonly dirty: boolean;
  /** What Software Heritage calls the commit and its files; absent where tracked files differ. */
  readonly swhid?: { readonly revision: string; readonly directory: string };
}

/** The commit this code was built from; null where it was installed as a package. */
export function gitState(root = packageRoot): GitState | null {
  const git = (...args: string[]) => gitIn(root, args);
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(root)) return null;
    const commit = git('rev-parse', 'HEAD');
    if (git('status', '--porcelain', '--untracked-files=no') !== '') return { commit, dirty: true };
    const tree = git('rev-parse', 'HEAD^{tree}');
    const swhid = { revision: `swh:1:rev:${commit}`, directory: `swh:1:dir:${tree}` };
    return { commit, dirty: false, swhid };
  } catch {
    return null; // no git, or no checkout
  }
}

function gitIn(root: string, args: readonly string[]): string {
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
