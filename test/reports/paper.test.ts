import { describe, expect, it } from 'vitest';
import { cellNames } from '../../src/reports/cells.ts';
import { paperCurves } from '../../src/reports/paper/curves.ts';
import {
  figure2Cells,
  figure3Cells,
  mseLevels,
  table3Rows,
  table4Rows,
} from '../../src/reports/paper/facts.ts';

// The readings of the paper's figures were made apart from the digitised curves: each checks the other.

describe('the digitised curves', () => {
  it.each(figure2Cells)(
    'agree with the readings of Figure 2, T = $T, $cell',
    ({ T, cell, below, end, endsAt }) => {
      const { segments } = paperCurves(`figure2-t${T}`).find((curve) => curve.cell === cell)!;
      const points = segments.flat();
      expect(Math.abs(points.at(-1)![0] - endsAt)).toBeLessThan(150_000);
      expect(Math.abs(points.at(-1)![1] - end)).toBeLessThan(0.03);
      below.forEach((step, index) => {
        if (step === null) return;
        // Where the curve is said to cross a level, it is near that level.
        const near = points.filter(([at]) => Math.abs(at - step) < 100_000).map(([, value]) => value);
        expect(Math.min(...near)).toBeLessThan(mseLevels[index]! + 0.005);
        expect(Math.max(...near)).toBeGreaterThan(mseLevels[index]! - 0.005);
      });
    },
  );

  it.each(figure3Cells)(
    'agree with the readings of Figure 3, permuted $permuted, $cell',
    ({ permuted, cell, best }) => {
      const curves = paperCurves(permuted ? 'figure3-permuted' : 'figure3-pixel');
      const points = curves.find((curve) => curve.cell === cell)!.segments.flat();
      expect(Math.abs(Math.max(...points.map(([, value]) => value)) - best)).toBeLessThan(0.01);
    },
  );

  it('are broken where the figure hides them, and rise in steps', () => {
    const lstm = paperCurves('figure2-t150').find(({ cell }) => cell === 'lstm')!;
    expect(lstm.segments.length).toBeGreaterThan(5);
    const steps = lstm.segments.flat().map(([step]) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    // README of the curves: 4.18 to 5.27 million steps are covered.
    expect(steps.filter((step) => step > 4.2e6 && step < 5.25e6)).toEqual([]);
  });
});

describe("the paper's tables", () => {
  it('have all their rows', () => {
    expect(figure2Cells).toHaveLength(16);
    expect(figure3Cells).toHaveLength(8);
    expect(table3Rows.map(({ perplexity }) => perplexity)).toEqual([68.8, 69.4, 70.2, 71.8, 72.5]);
    expect(table4Rows).toHaveLength(12);
    expect(
      table4Rows.find((row) => row.cell === 'irnn' && row.layers === 5 && !row.bidirectional),
    ).toMatchObject({
      hidden: 500,
      dev: 0.33,
      test: 0.338,
    });
    expect(new Set(figure2Cells.map(({ cell }) => cell))).toEqual(new Set(cellNames));
  });

  it('mark what was recalled and not what was read', () => {
    const settings = figure2Cells.find(({ T, cell }) => T === 150 && cell === 'irnn')!.settings!;
    expect(settings.learningRate.sure).toBe('reported');
    expect(settings.clip.sure).toBe('recalled');
  });
});
