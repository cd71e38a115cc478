import { figure2Rows, figure3Rows } from '../benchmarks.ts';
import { type Curve, curvesOf } from '../curve.ts';
import { paperCurves } from '../paper-curves.ts';
import { lengths } from '../paper-facts.ts';
import type { RunRecord } from '../run-record.ts';
import { baselineOf, cellKeys, curveLines, paperLines } from './curve-lines.ts';
import type { Figure, Panel } from './figure.ts';

/** Figure 2: test MSE on the adding problem, a panel for each length, with the paper's axes. */
export function figure2(runs: readonly RunRecord[]): Figure {
  return {
    title: 'Figure 2: the adding problem',
    subtitle:
      'Test MSE after so many minibatches of 16 sequences. A run ends when it is solved on validation.',
    keys: cellKeys,
    panels: lengths.map((T) => ({
      id: `t${T}`,
      ...content(
        `T = ${T}`,
        figure2Rows.filter(({ paper }) => paper.T === T),
        runs,
        `figure2-t${T}`,
        // What answering 1 scores in expectation, where no run has computed it from its test set.
        1 / 6,
      ),
      x: { domain: [0, 9e6], title: 'steps' },
      y: { domain: [0, 0.8], title: 'test MSE', percent: false },
    })),
  };
}

/** Figure 3: test accuracy on pixel-by-pixel MNIST, in both orders, with the paper's axes. */
export function figure3(runs: readonly RunRecord[]): Figure {
  const panel = (id: string, title: string, permuted: boolean): Panel => ({
    id,
    ...content(
      title,
      figure3Rows.filter(({ paper }) => paper.permuted === permuted),
      runs,
      permuted ? 'figure3-permuted' : 'figure3-pixel',
      null,
    ),
    x: { domain: [0, 1e6], title: 'steps' },
    y: { domain: [0, 1], title: 'test accuracy', percent: true },
  });
  return {
    title: 'Figure 3: pixel-by-pixel MNIST',
    subtitle: 'Test accuracy after so many minibatches of 16 images, read one pixel a time step.',
    keys: cellKeys,
    panels: [panel('scan-line', 'Scan-line order', false), panel('permuted', 'Permuted order', true)],
  };
}

function content(
  title: string,
  rows: readonly ((typeof figure2Rows)[number] | (typeof figure3Rows)[number])[],
  runs: readonly RunRecord[],
  panel: Parameters<typeof paperCurves>[0],
  fallback: number | null,
): Pick<Panel, 'title' | 'lines' | 'bands' | 'baseline'> {
  const chosen = rows.flatMap((row) => {
    const [best] = curvesOf(
      runs.filter(({ config }) => row.matches(config)),
      row.measure,
    );
    return best ? [{ cell: row.cell, curve: best }] : [];
  });
  const drawn = chosen.map(({ cell, curve }: { cell: (typeof rows)[number]['cell']; curve: Curve }) =>
    curveLines(cell, curve),
  );
  return {
    title: chosen.length === 0 ? `${title} (no runs yet)` : title,
    lines: [...paperCurves(panel).flatMap(paperLines), ...drawn.flatMap(({ lines }) => lines)],
    bands: drawn.flatMap(({ bands }) => bands),
    baseline: baselineOf(chosen.map(({ curve }) => curve)) ?? fallback,
  };
}
