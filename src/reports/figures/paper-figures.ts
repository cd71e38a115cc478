import { cellNames, cellStyles } from '../cells.ts';
import { formatPaper, formatSteps } from '../format.ts';
import { type PaperPanel, paperCurves } from '../paper/curves.ts';
import { lengths } from '../paper/facts.ts';
import { type Outcome, paperStep } from '../paper/outcomes.ts';
import { curvePanel, type NamedCurve, rankHere } from './curve-panel.ts';
import type { Figure, Key, Line, Panel, Ranked } from './figure.ts';

const cellKeys: readonly Key[] = Object.values(cellStyles).map(({ label, colour, darkColour }) => ({
  name: label,
  colour,
  darkColour,
}));

/** Figure 2: test MSE on the adding problem, a panel for each length, with the paper's axes. */
export function figure2(outcomes: readonly Outcome[]): Figure {
  return {
    title: 'Figure 2: the adding problem',
    subtitle: 'Test MSE by minibatches of 16 sequences.',
    keys: cellKeys,
    panels: lengths.map((T) => ({
      id: `t${T}`,
      ...content(
        `T = ${T}`,
        outcomes.filter(({ row: { paper } }) => 'T' in paper && paper.T === T),
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
export function figure3(outcomes: readonly Outcome[]): Figure {
  const panel = (id: string, title: string, permuted: boolean): Panel => ({
    id,
    ...content(
      title,
      outcomes.filter(({ row: { paper } }) => 'permuted' in paper && paper.permuted === permuted),
      permuted ? 'figure3-permuted' : 'figure3-pixel',
      null,
    ),
    x: { domain: [0, 1e6], title: 'steps' },
    y: { domain: [0, 1], title: 'test accuracy', percent: true },
  });
  return {
    title: 'Figure 3: pixel-by-pixel MNIST',
    subtitle: 'Test accuracy by minibatches of 16 images, read one pixel a time step.',
    keys: cellKeys,
    panels: [panel('scan-line', 'Scan-line order', false), panel('permuted', 'Permuted order', true)],
  };
}

function content(title: string, outcomes: readonly Outcome[], panel: PaperPanel, fallback: number | null) {
  const curves = outcomes.flatMap(({ row, curve }): NamedCurve[] =>
    curve === null ? [] : [{ name: cellStyles[row.cell].label, curve }],
  );
  const { lines, baseline, ...rest } = curvePanel(curves);
  return {
    title: curves.length === 0 ? `${title} (no runs yet)` : title,
    ...rest,
    lines: [...paperLines(panel), ...lines],
    baseline: baseline ?? fallback,
    ranking: { paper: rankPaper(outcomes), here: rankHere(curves) },
  };
}

function paperLines(panel: PaperPanel): Line[] {
  return paperCurves(panel).flatMap(({ cell, segments }) =>
    segments.map((points): Line => ({ name: cellStyles[cell].label, kind: 'paper', points })),
  );
}

/** The paper's cells in the order in which they pass the mark; those that do not, by how their curves end. */
function rankPaper(outcomes: readonly Outcome[]): Ranked[] {
  return outcomes
    .map(({ row }) => {
      const { paper, measure, cell } = row;
      const score = 'T' in paper ? paper.end : paper.best;
      return { cell, measure, score, step: paperStep(row) ?? Infinity };
    })
    .sort((a, b) => {
      if (a.step !== b.step) return a.step - b.step;
      const sign = a.measure.better === 'lower' ? 1 : -1;
      return sign * (a.score - b.score) || cellNames.indexOf(a.cell) - cellNames.indexOf(b.cell);
    })
    .map(({ cell, measure, score, step }) => ({
      name: cellStyles[cell].label,
      text: Number.isFinite(step) ? formatSteps(step) : formatPaper(score, measure),
    }));
}
