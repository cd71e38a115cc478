import { type CellName, cellNames } from '../cells.ts';

export interface PaperCurve {
  readonly cell: CellName;
  /** Pieces of the line; between two of them the curve could not be seen in the figure. */
  readonly segments: readonly (readonly [step: number, value: number])[][];
}

/** What the rows of a file of assets/paper-curves mean. */
interface CurveFile {
  /** Steps between two points of one line at most, after step 0. */
  readonly gap: number;
  /** A value is divided by this. */
  readonly divisor: number;
}

/** A panel of Figure 2: test MSE. */
export const figure2File: CurveFile = { gap: 45_000, divisor: 1 };
/** A panel of Figure 3: test accuracy in percent. */
export const figure3File: CurveFile = { gap: 4_500, divisor: 100 };

/** The curves of a file's text, one for each cell of the paper. */
export function parsePaperCurves(text: string, { gap, divisor }: CurveFile): PaperCurve[] {
  const rows = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',') as [string, string, string]);
  return cellNames.map((cell) => {
    const segments: [number, number][][] = [];
    for (const [method, stepText, valueText] of rows) {
      if (method !== cell) continue;
      const [step, value] = [Number(stepText), Number(valueText) / divisor];
      const previous = segments.at(-1)?.at(-1)?.[0];
      if (previous === undefined || (previous > 0 && step - previous > gap)) segments.push([]);
      segments.at(-1)!.push([step, value]);
    }
    return { cell, segments };
  });
}
