/** A figure as data: what every way of drawing it (SVG, PNG, the page, CSV) is made from. */

type Point = readonly [step: number, value: number];

export interface Line {
  /** What the line belongs to: the key to its colour and its name in the legend. */
  readonly name: string;
  readonly kind: 'mean' | 'seed' | 'paper';
  readonly points: readonly Point[];
  /** Of a single seed. */
  readonly seed?: number;
}

export interface Band {
  readonly name: string;
  readonly points: readonly (readonly [step: number, low: number, high: number])[];
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly bands: readonly Band[];
  /** The constant predictor's score. */
  readonly baseline: number | null;
  readonly x: { readonly domain: readonly [number, number]; readonly title: string };
  readonly y: {
    readonly domain: readonly [number, number];
    readonly title: string;
    readonly percent: boolean;
  };
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
  mean: 'irnn-run, mean over seeds',
  seed: 'single seeds, and their range',
  paper: 'the paper, read off its figure',
  baseline: 'a constant answer',
} as const;
