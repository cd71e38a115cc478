import { readFileSync } from 'node:fs';
import { packageFile } from '../support/package.ts';
import { type CellName, cellNames } from './cells.ts';

export interface PaperCurve {
  readonly cell: CellName;
  /** Pieces of the line; between two of them the curve could not be seen in the figure. */
  readonly segments: readonly (readonly [step: number, value: number])[][];
}

/** A file of assets/paper-curves, whose README says how it was read off the figure. */
export type PaperPanel = `figure2-t${150 | 200 | 300 | 400}` | 'figure3-pixel' | 'figure3-permuted';

/** Reads a panel of Figure 2 (test MSE) or Figure 3 (test accuracy, 0 to 1). */
export function paperCurves(panel: PaperPanel): PaperCurve[] {
  const isAccuracy = panel.startsWith('figure3');
  const gap = isAccuracy ? 4_500 : 45_000;
  const rows = readFileSync(packageFile(`assets/paper-curves/${panel}.csv`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',') as [string, string, string]);
  return cellNames.map((cell) => {
    const segments: [number, number][][] = [];
    for (const [method, stepText, valueText] of rows) {
      if (method !== cell) continue;
      const [step, value] = [Number(stepText), Number(valueText) / (isAccuracy ? 100 : 1)];
      const previous = segments.at(-1)?.at(-1)?.[0];
      if (previous === undefined || (previous > 0 && step - previous > gap)) segments.push([]);
      segments.at(-1)!.push([step, value]);
    }
    return { cell, segments };
  });
}
