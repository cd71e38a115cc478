import { describe, expect, it } from 'vitest';
import { type Table, toCsv, toMarkdown } from '../../src/reports/tables/table.ts';

const table: Table = {
  id: 'table',
  title: 'Runs',
  notes: ['From <script>alert(1)</script>, where a < b.'],
  columns: ['name', 'what'],
  rows: [
    {
      cells: ['<img src=x onerror=alert(1)>', 'a | b\nc'],
      record: { name: '=HYPERLINK("http://example.org")', score: -1.5 },
    },
  ],
};

describe('names that come from files', () => {
  it('are no HTML and no other cells in Markdown', () => {
    expect(toMarkdown(table).split('\n').slice(4, 7)).toEqual([
      '| &lt;img src=x onerror=alert(1)> | a \\| b c |',
      '',
      '- From &lt;script>alert(1)&lt;/script>, where a < b.',
    ]);
  });

  it('are no formulas in CSV, where numbers stay numbers', () => {
    const [name, score] = toCsv(table)
      .split('\n')[1]!
      .split(/,(?=[^,]*$)/);
    expect(name).toMatch(/^"'=HYPERLINK/);
    expect(score).toBe('-1.5');
  });
});
