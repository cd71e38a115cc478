import fc from 'fast-check';
import { expect, it } from 'vitest';
import { terminalChart } from '../../src/reports/terminal-chart.ts';

const options = { width: 40, height: 6, colour: false, formatValue: String, formatStep: String };

it('puts first and last points into the corners', () => {
  const chart = terminalChart(
    [
      {
        name: 'a',
        points: [
          [0, 0],
          [10, 1],
        ],
      },
    ],
    options,
  ).split('\n');
  expect(chart[0]).toMatch(/^ *1 │ +[\u2801-\u28ff]+$/);
  expect(chart[5]).toMatch(/^ *0 │[\u2801-\u28ff]/);
  expect(chart[7]).toMatch(/^ +0 +10$/);
});

it('draws a spike at the top of the chart rather than flattening everything else', () => {
  const points = [
    [0, 0.1],
    [1, 1e5],
    [2, 0.05],
  ] as const;
  expect(terminalChart([{ name: 'a', points }], { ...options, top: 0.2 })).toContain('0.2 │');
});

it('never fails, and never grows wider than asked', () => {
  const value = fc.oneof(fc.double(), fc.double({ min: -10, max: 10 }));
  const line = fc.record({ name: fc.constant('line'), points: fc.array(fc.tuple(fc.nat(1e6), value)) });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.integer({ min: 20, max: 150 }), (lines, width) => {
      const chart = terminalChart(lines, { ...options, width, formatValue: (v) => v.toFixed(1).slice(0, 6) });
      for (const row of chart.split('\n')) expect(row.length).toBeLessThanOrEqual(Math.max(width, 26));
    }),
  );
});
