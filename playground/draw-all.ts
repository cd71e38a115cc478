import { type Curve, drawCurves } from './curves.ts';
import { drawPlane, drawSequence } from './drawings.ts';
import { nearestLength, paperCurve } from './paper.ts';
import type { Runner } from './runner.ts';
import { paperCell, type Setting } from './settings.ts';
import { ink } from './theme.ts';

/** The error of the best constant, 1: the variance of a sum of two uniform numbers. */
const BASELINE = 1 / 6;

const place = (id: string) => document.getElementById(id)!;

/** Draws the four pictures of the page anew. */
export function drawAll(setting: Setting, runners: readonly Runner[], colours: readonly string[]): void {
  drawErrors(setting, runners, colours);
  drawGradients(setting.T, runners, colours);
  const looks = runners.flatMap(({ look }, index) =>
    look === null ? [] : [{ look, colour: colours[index]! }],
  );
  drawPlane(
    place('plane'),
    looks.flatMap(({ look, colour }) =>
      look.eigenvalues === null ? [] : [{ colour, data: look.eigenvalues }],
    ),
  );
  drawSequence(
    place('sequence'),
    looks.map(({ look, colour }) => ({ colour, data: look.sequence })),
  );
}

function drawErrors({ T, networks }: Setting, runners: readonly Runner[], colours: readonly string[]): void {
  const paper = networks.flatMap((network, index): Curve[] => {
    const cell = paperCell(network);
    if (cell === null) return [];
    const points = paperCurve(nearestLength(T), cell);
    const [x, y] = [points.map(([step]) => step), points.map(([, value]) => value)];
    return [{ x, y, colour: colours[index]!, width: 1.5, dash: [5, 4] }];
  });
  const range = [100, 1e7] as const;
  const ours = runners.flatMap(({ scores }, index): Curve[] => {
    const rows = scores.filter(({ step }) => step > 0);
    const x = rows.map(({ step }) => step);
    const colour = colours[index]!;
    return [
      { x, y: rows.map(({ trainLoss }) => shown(trainLoss)), colour, width: 0.7 },
      { x, y: rows.map(({ testError }) => shown(testError)), colour, width: 2.5 },
    ];
  });
  const constant: Curve = {
    x: range,
    y: [BASELINE, BASELINE],
    colour: ink('--muted'),
    width: 1,
    dash: [2, 4],
  };
  drawCurves(place('error'), [constant, ...paper, ...ours], {
    x: { title: 'steps', log: true, range },
    y: { log: true, range: [1e-4, 1] },
  });
}

function drawGradients(T: number, runners: readonly Runner[], colours: readonly string[]): void {
  const curves = runners.flatMap(({ look }, index): Curve[] => {
    if (look === null) return [];
    const y = [...look.gradientNorms].reverse().map(shown);
    return [{ x: y.map((_, lag) => lag), y, colour: colours[index]!, width: 2 }];
  });
  const values = curves.flatMap(({ y }) => y.filter((value) => value !== null));
  const decades = values.map((value) => Math.log10(Math.max(value, 1e-12)));
  const low = Math.floor(Math.min(-3, ...decades));
  const high = Math.max(low + 3, Math.ceil(Math.max(-1, ...decades)));
  drawCurves(place('gradient'), curves, {
    x: { title: 'steps before the end', log: false, range: [0, Math.max(1, T - 1)] },
    y: { log: true, range: [10 ** low, 10 ** high] },
  });
}

/** A logarithmic axis has no place for 0 and what is not finite. */
function shown(value: number | null): number | null {
  return value !== null && value > 0 && Number.isFinite(value) ? value : null;
}
