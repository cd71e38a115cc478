import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitState } from '../../src/support/git.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('a clean checkout has the ids of Software Heritage, which are hashes of Git; a changed one has none', () => {
  const root = temporaryFolder();
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  writeFileSync(join(root, 'file'), 'one\n');
  git('add', 'file');
  git('commit', '--quiet', '--message', 'one');
  const commit = git('rev-parse', 'HEAD');
  // The tree of one file "file" that holds "one" is the same everywhere.
  expect(gitState(root)).toEqual({
    commit,
    dirty: false,
    swhid: { revision: `swh:1:rev:${commit}`, directory: `swh:1:dir:${git('write-tree')}` },
  });
  writeFileSync(join(root, 'file'), 'two\n');
  expect(gitState(root)).toEqual({ commit, dirty: true });
});
