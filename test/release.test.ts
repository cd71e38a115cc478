import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageFile } from '../src/support/package.ts';

const read = (file: string) => parse(readFileSync(packageFile(file), 'utf8'));

test('the files that describe a release agree', () => {
  const { version, license, description } = read('package.json');
  expect(read('CITATION.cff')).toMatchObject({ version, license });
  expect(read('codemeta.json')).toMatchObject({ version, description });
});
