import { readFileSync } from 'node:fs';
import { packageFile } from '../../support/package.ts';
import type { CellName } from '../cells.ts';
import { figure2File, figure3File, type PaperCurve, parsePaperCurves } from './parse-curves.ts';

/** A file of assets/paper-curves, whose README says how it was read off the figure. */
export type PaperPanel = `figure2-t${150 | 200 | 300 | 400}` | 'figure3-pixel' | 'figure3-permuted';

const read = new Map<PaperPanel, readonly PaperCurve[]>();

/** A panel of Figure 2 (test MSE) or Figure 3 (test accuracy, 0 to 1). */
export function paperCurves(panel: PaperPanel): readonly PaperCurve[] {
  const curves = read.get(panel) ?? readCurves(panel);
  read.set(panel, curves);
  return curves;
}

function readCurves(panel: PaperPanel): PaperCurve[] {
  const text = readFileSync(packageFile(`assets/paper-curves/${panel}.csv`), 'utf8');
  return parsePaperCurves(text, panel.startsWith('figure3') ? figure3File : figure2File);
}

/** Steps that a value read off a figure may lie away from the step that is asked for, as a share of that step, and at least. */
const NEAR = { share: 0.1, least: 5_000 };

/** The paper's value at a step, from the nearest point of its curve; null where the curve cannot be seen or is over. */
export function paperValueAt(panel: PaperPanel, cell: CellName, step: number): number | null {
  const points = curveOf(panel, cell);
  const nearest = points.reduce<readonly [number, number] | null>(
    (best, point) => (best !== null && Math.abs(best[0] - step) <= Math.abs(point[0] - step) ? best : point),
    null,
  );
  if (nearest === null) return null;
  return Math.abs(nearest[0] - step) <= Math.max(NEAR.least, NEAR.share * step) ? nearest[1] : null;
}

/** The highest value of the paper's curve up to a step; null where nothing of it can be seen by then. */
export function paperBestBy(panel: PaperPanel, cell: CellName, step: number): number | null {
  const values = curveOf(panel, cell).flatMap(([at, value]) => (at <= step ? [value] : []));
  return values.length === 0 ? null : Math.max(...values);
}

function curveOf(panel: PaperPanel, cell: CellName): (readonly [number, number])[] {
  return paperCurves(panel)
    .filter((curve) => curve.cell === cell)
    .flatMap(({ segments }) => segments.flat());
}
