import fc from 'fast-check';
import { expect, it } from 'vitest';
import { terminalChart } from '../../src/reports/terminal-chart/chart.ts';

const options = {
  width: 40,
  height: 6,
  colour: false,
  formatValue: String,
  formatStep: String,
  log: { steps: false, values: false },
};

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
  const chart = terminalChart([{ name: 'a', points }], { ...options, top: 0.2 });
  expect(chart).toMatch(/^ *0\.2 │ +\S*▲/);
  expect(chart).toContain('▲ goes beyond the axis, to 100000\n');
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

/** The row and column of each point's character. */
function cells(chart: string): [row: number, column: number][] {
  return chart
    .split('\n')
    .slice(0, options.height)
    .flatMap((row, at) =>
      [...row.slice(row.indexOf('│') + 1)].flatMap((character, column) =>
        character === ' ' ? [] : [[at, column] as [number, number]],
      ),
    );
}

it('a power law is a straight line on logarithmic axes, whose powers of ten are named', () => {
  const points = [1, 10, 100, 1000, 10_000].map((step) => [step, 1 / step] as const);
  const wide = { ...options, width: 70, height: 9, log: { steps: true, values: true } };
  const chart = terminalChart([{ name: 'a', points: [[0, 1], ...points] }], wide);
  const columns = chart.split('\n')[0]!.length - chart.indexOf('│') - 1;
  expect(columns).toBeGreaterThan(0);
  for (const label of ['1 │', '0.1 │', '0.01 │', '0.001 │', '0.0001 │']) expect(chart).toContain(label);
  expect(chart).toMatch(/^ +1 +10 +100 +1000 +10000$/m);
  const drawn = cells(chart);
  const [first, last] = [drawn[0]!, drawn.at(-1)!];
  for (const [row, column] of drawn) {
    const expected = first[1] + ((row - first[0]) / (last[0] - first[0])) * (last[1] - first[1]);
    expect(Math.abs(column - expected)).toBeLessThan(10);
  }
});

it('zero on a logarithmic axis is cut off at the bottom, and nothing but zeros says so', () => {
  const log = { steps: false, values: true };
  const points = [[1, 1], [2, 0], [3, 0.1]] as const; // biome-ignore format: points
  const chart = terminalChart([{ name: 'a', points }], { ...options, log }).split('\n');
  expect(chart[options.height - 1]).toMatch(/▼/);
  expect(chart).toContain('  ▼ goes beyond the axis, to 0');
  const zeros = [{ name: 'a', points: [[1, 0]] as const }];
  expect(terminalChart(zeros, { ...options, log })).toBe('nothing above 0 to draw\n');
});

/** So many lines, each at a height of its own. */
const flat = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `line ${index}`,
    points: [[0, index], [9, index]] as const, // biome-ignore format: points
  }));

it('without colours every line has a letter and dashes', () => {
  const chart = terminalChart(flat(3), { ...options, width: 60 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  expect(chart).not.toMatch(/\u001b/);
  for (const letter of 'ABC') expect(chart.match(new RegExp(letter, 'g'))!.length).toBeGreaterThanOrEqual(3);
  const dots = ['A', 'B', 'C'].map((letter) => {
    const row = chart.split('\n').find((line) => line.includes('│') && line.includes(letter))!;
    return [...row].filter((character) => /[\u2801-\u28ff]/.test(character)).length;
  });
  expect(dots[0]).toBeGreaterThan(dots[1]!);
  expect(dots[1]).toBeGreaterThan(dots[2]!);
  expect(chart).toContain('  B ╍╍ line 1\n');
});

it('lines at the same place have letters beside each other', () => {
  const same = flat(2).map((line) => ({ ...line, points: [[0, 1], [9, 1]] as const })); // biome-ignore format: points
  expect(terminalChart(same, options)).toMatch(/BA$/m);
});

it('colours alone tell six lines apart, a seventh brings letters', () => {
  const coloured = { ...options, height: 9, colour: true };
  const six = terminalChart(flat(6), coloured);
  expect(six).not.toMatch(/[A-G] /);
  const seven = terminalChart(flat(7), coloured);
  expect(seven).toContain('\u001b[34mA ━━\u001b[0m line 0');
  expect(seven).toContain('\u001b[34mG ╍╍\u001b[0m line 6');
});
