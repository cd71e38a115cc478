import type { RunEnd } from '../run-record.ts';
import type { SharePoint } from '../statistics.ts';
import { toCsv } from '../tables/table.ts';

/** A figure as data: what every way of drawing it (SVG, PNG, the page, CSV) is made from. */

export type Point = readonly [step: number, value: number];

export interface Line {
  /** What the line belongs to: the key to its colour and its name in the legend. */
  readonly name: string;
  readonly kind: 'median' | 'seed' | 'paper';
  readonly points: readonly Point[];
  /** Of a single run. */
  readonly seed?: number;
  /** How that run ended. */
  readonly end?: RunEnd;
}

/** The share of a name's runs that had passed the mark by each step, and where runs that had not were watched to. */
export interface Share {
  readonly name: string;
  readonly points: readonly SharePoint[];
  readonly censored: readonly number[];
}

/** Another column of metrics.csv for the same runs. */
export interface Inside {
  readonly column: string;
  readonly title: string;
  readonly log: boolean;
  readonly percent: boolean;
  readonly lines: readonly Line[];
}

/** Names in the order in which they came to the mark, with when; those that did not stand last. */
interface Ranking {
  readonly paper: readonly Ranked[];
  readonly here: readonly Ranked[];
}

export interface Ranked {
  readonly name: string;
  readonly text: string;
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly Line[];
  /** The constant predictor's score. */
  readonly baseline: number | null;
  readonly x: { readonly domain: readonly [number, number]; readonly title: string };
  readonly y: {
    readonly domain: readonly [number, number];
    readonly title: string;
    readonly percent: boolean;
  };
  readonly shares?: readonly Share[];
  /** What a run has to pass to count in the shares, in words: `test MSE < 0.05`. */
  readonly mark?: string;
  readonly inside?: readonly Inside[];
  readonly ranking?: Ranking;
}

/** A name in the legend and its colours. */
export interface Key {
  readonly name: string;
  readonly colour: string;
  readonly darkColour: string;
}

export interface Figure {
  readonly title: string;
  readonly subtitle: string;
  readonly keys: readonly Key[];
  readonly panels: readonly Panel[];
}

/** How to read the lines; a drawing names those that occur in it. */
export const lineMeanings = {
  median: 'here, median of the runs',
  seed: 'single runs',
  paper: 'the paper, read off its figure',
  baseline: 'a constant answer',
} as const;

/** How to read the marks at the ends of lines, and at the top of the axis. */
export const endMeanings: Readonly<
  Record<RunEnd | 'spike', { readonly sign: string; readonly text: string }>
> = {
  solved: { sign: '●', text: 'ended as solved' },
  capped: { sign: '○', text: 'capped: not watched any longer' },
  diverged: { sign: '✕', text: 'diverged' },
  unfinished: { sign: '▷', text: 'not over yet' },
  spike: { sign: '▲', text: 'goes beyond the axis' },
};

/** Buckets of a line for drawing, of equal width on a logarithmic and on a linear axis. */
const BUCKETS = { log: 90, linear: 60 };

/**
 * The points of a line that a drawing needs: the first and last, and the lowest and highest of every bucket of steps, on
 * either kind of axis; so no spike is lost, and ten million steps fit on a page.
 */
export function thin(points: readonly Point[]): Point[] {
  if (points.length <= 2 * (BUCKETS.log + BUCKETS.linear)) return [...points];
  const [first, last] = [points[0]![0], points.at(-1)![0]];
  const keep = new Set([0, points.length - 1]);
  const scales = [
    { buckets: BUCKETS.log, of: (step: number) => Math.log(Math.max(step, 1) / Math.max(first, 1)) },
    { buckets: BUCKETS.linear, of: (step: number) => step - first },
  ];
  for (const { buckets, of } of scales) {
    const extremes = new Map<number, { low: number; high: number }>();
    points.forEach(([step, value], index) => {
      const bucket = Math.floor((of(step) / of(last)) * buckets);
      const known = extremes.get(bucket) ?? { low: index, high: index };
      extremes.set(bucket, {
        low: value < points[known.low]![1] ? index : known.low,
        high: value > points[known.high]![1] ? index : known.high,
      });
    });
    for (const { low, high } of extremes.values()) keep.add(low).add(high);
  }
  return points.filter((_, index) => keep.has(index));
}

/** Every point that a figure draws: panel, cell, source (median, seed, paper), step, value. */
export function figureCsv({ panels }: Figure): string {
  const rows = panels.flatMap((panel) =>
    panel.lines.flatMap(({ name, kind, points, seed }) =>
      points.map(([step, value]) => ({
        cells: [],
        record: { panel: panel.id, cell: name, source: kind, seed: seed ?? null, step, value },
      })),
    ),
  );
  return toCsv({ id: '', title: '', notes: [], columns: [], rows });
}
