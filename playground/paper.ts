import t150 from '../assets/paper-curves/figure2-t150.csv';
import t200 from '../assets/paper-curves/figure2-t200.csv';
import t300 from '../assets/paper-curves/figure2-t300.csv';
import t400 from '../assets/paper-curves/figure2-t400.csv';
import { type CellName, cellStyles } from '../src/reports/cells.ts';
import { figure2Cells, lengths, mseLevels } from '../src/reports/paper/facts.ts';
import { figure2File, parsePaperCurves } from '../src/reports/paper/parse-curves.ts';

const files = { 150: t150, 200: t200, 300: t300, 400: t400 };

export type PaperLength = (typeof lengths)[number];

/** The length of Figure 2 that is nearest to T. */
export function nearestLength(T: number): PaperLength {
  return lengths.reduce((best, length) => (Math.abs(length - T) < Math.abs(best - T) ? length : best));
}

/** A curve of Figure 2: test MSE by step, without the step 0 that a logarithmic axis has no place for. */
export function paperCurve(T: PaperLength, cell: CellName): readonly (readonly [number, number])[] {
  const curve = parsePaperCurves(files[T], figure2File).find((each) => each.cell === cell)!;
  return curve.segments.flat().filter(([step]) => step > 0);
}

/** What the paper's curve says of a cell, in a sentence. */
export function paperSentence(T: PaperLength, cell: CellName): string {
  const level = 0.05;
  const { below, end } = figure2Cells.find((each) => each.T === T && each.cell === cell)!;
  const step = below[mseLevels.indexOf(level)]!;
  const passed = step === null ? `never under ${level}` : `under ${level} after ${step / 1e6} M steps`;
  return `The paper’s ${cellStyles[cell].label} at T = ${T}: ${passed}, ${end} at the end.`;
}
