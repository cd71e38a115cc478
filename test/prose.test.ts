/** What the prose names is there: files between backticks, and the pages that links lead to. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const pages = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n');
const file = /`((?:src|test|scripts|native|configs|bin|assets|docs|playground)\/[\w./-]+\.\w+)`/g;
const link = /\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g;

test.each(pages.filter((page) => page !== 'CHANGELOG.md'))('%s', (page) => {
  const text = readFileSync(page, 'utf8').replaceAll(/^ {4}.*$/gm, '');
  const named = [...text.matchAll(file)].map((match) => match[1]!);
  const linked = [...text.matchAll(link)].map((match) => join(dirname(page), decodeURI(match[1]!)));
  // Built files are there after a build alone.
  const missing = [...named, ...linked].filter(
    (path) => !path.startsWith('native/build') && !existsSync(path),
  );
  expect(missing).toEqual([]);
});
