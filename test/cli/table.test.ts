import { afterEach, expect, it } from 'vitest';
import { formatTable } from '../../src/cli/terminal/table.ts';
import { writeRun } from '../reports/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

const { columns } = process.stdout;
afterEach(() => {
  process.stdout.columns = columns;
});

const header = ['run', 'steps', 'what it is'];
const rows = [
  ['a', 5, 'short'],
  ['a-rather-long-name', 12_345, 'a text of several words that does not fit beside the others'],
];

it('for other programs a row is a line, however long', () => {
  expect(formatTable(header, rows, {})).toBe(
    [
      'run                 steps  what it is',
      'a                       5  short',
      'a-rather-long-name  12345  a text of several words that does not fit beside the others',
      '',
    ].join('\n'),
  );
});

it('a terminal that is wide enough gets the same', () => {
  const plain = formatTable(header, rows, {});
  expect(formatTable(header, rows, { columns: 86 })).toBe(plain);
  expect(formatTable(header, rows, { columns: 85 })).not.toBe(plain);
});

it.each([30, 45, 60, 80])('text wraps in its column on a terminal of %i columns', (width) => {
  const table = formatTable(header, rows, { columns: width });
  const lines = table.split('\n');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
  for (const word of ['12345', 'several', 'others']) expect(table).toContain(word);
  if (width >= 60) expect(lines[0]).toMatch(/^run .* steps +what it is$/);
});

it('names stay whole where sentences can give way', () => {
  const name = 'a-name-of-twenty-eight-signs';
  const table = (columns: number) => formatTable(header, [[name, 5, rows[1]![2]!]], { columns });
  expect(table(57)).toContain(name);
  expect(table(56)).not.toContain(name);
});

it('list fits the terminal', async () => {
  const root = temporaryFolder();
  writeRun(root, { name: 'a-run-with-a-name-that-says-what-it-is-about' });
  process.stdout.columns = 70;
  const { stdout } = await irnnRun('list', root);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(70);
  expect(stdout.replace(/\s/g, '')).toContain('valid_mse');
});
