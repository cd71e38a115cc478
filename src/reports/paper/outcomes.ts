import { type Curve, curvesOf } from '../curve.ts';
import type { RunRecord } from '../run-record.ts';
import { type DurationSummary, summariseDurations } from '../statistics.ts';
import { mseLevels } from './facts.ts';
import { figure2Rows, figure3Rows } from './rows.ts';

export type FigureRow = (typeof figure2Rows)[number] | (typeof figure3Rows)[number];

/**
 * How a curve of Figures 2 and 3 came out here beside the paper's:
 *   agrees    both pass the mark, or neither does
 *   differs   one does and the other does not
 *   mixed     some runs pass it, but not most
 *   open      not passed, and not watched for as long as it takes to say
 *   untested  no run
 */
export type Agreement = 'agrees' | 'differs' | 'mixed' | 'open' | 'untested';

export interface Outcome {
  readonly row: FigureRow;
  readonly curve: Curve | null;
  /** When runs passed the mark of the measure (MSE 0.05, accuracy 90 %). */
  readonly durations: DurationSummary | null;
  /** Most runs passed the mark; null without runs. */
  readonly learned: boolean | null;
  /** The shortest and the longest run, in steps. */
  readonly watched: readonly [least: number, most: number];
  readonly agreement: Agreement;
}

/** Watching a flat curve for this long is taken as an answer where the paper's curve stays flat too. */
const decisiveSteps = { adding: 1_000_000, pixel_mnist: 100_000 } as const;

/** What there is for every curve of Figures 2 and 3. */
export function outcomesOf(runs: readonly RunRecord[]): Outcome[] {
  return [...figure2Rows, ...figure3Rows].map((row) => outcomeOf(row, runs));
}

function outcomeOf(row: FigureRow, runs: readonly RunRecord[]): Outcome {
  const [curve] = curvesOf(
    runs.filter(({ config }) => row.matches(config)),
    row.measure,
  );
  if (curve === undefined) {
    return { row, curve: null, durations: null, learned: null, watched: [0, 0], agreement: 'untested' };
  }
  const durations = summariseDurations(curve.scores.map(({ learned }) => learned!));
  const learned = durations.reached * 2 > durations.n;
  const steps = curve.scores.map(({ run }) => run.lastStep);
  const outcome = {
    row,
    curve,
    durations,
    learned,
    watched: [Math.min(...steps), Math.max(...steps)],
  } as const;
  return { ...outcome, agreement: agreementOf(outcome) };
}

function agreementOf({ row, durations, learned, watched }: Omit<Outcome, 'agreement'>): Agreement {
  const paper = paperStep(row);
  if (learned) return paper === null ? 'differs' : 'agrees';
  if (durations!.reached > 0) return 'mixed';
  if (watched[0] < (paper ?? decidedBy(row))) return 'open';
  return paper === null ? 'agrees' : 'differs';
}

/** The step at which the paper's curve passes the mark of the measure; null if it never does. */
export function paperStep({ paper }: FigureRow): number | null {
  return 'T' in paper ? (paper.below[mseLevels.indexOf(0.05)] ?? null) : (paper.above[1] ?? null);
}

export function decidedBy({ paper }: FigureRow): number {
  return 'T' in paper ? decisiveSteps.adding : decisiveSteps.pixel_mnist;
}

/** The name of a row's place: `T = 150`, `scan line`. */
export function placeOf({ paper }: FigureRow): string {
  if ('T' in paper) return `T = ${paper.T}`;
  return paper.permuted ? 'permuted' : 'scan line';
}
