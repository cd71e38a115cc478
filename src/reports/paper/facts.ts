import { type CellName, cellNames } from '../cells.ts';

/**
 * The numbers of Le, Jaitly & Hinton (2015), arXiv 1504.00941, with how sure each is:
 *   image      read off an image of the paper
 *   digitised  measured in an image of a figure (MSE +-0.003, steps +-30 k, accuracy +-0.4 points)
 *   quoted     in the paper's text, or given alike by several readers
 *   reported   stated in other people's code, READMEs or notes, not seen in the paper's own table
 *   recalled   from memory: "unverified" wherever it is shown
 */
export type Certainty = 'image' | 'digitised' | 'quoted' | 'reported' | 'recalled';

export interface Fact<T> {
  readonly value: T;
  readonly sure: Certainty;
}

/** A cell of Tables 1 and 2: the best of the paper's grid search. */
export interface PaperSettings {
  readonly learningRate: Fact<number>;
  readonly clip: Fact<number>;
  readonly forgetBias?: Fact<number>;
}

export const lengths = [150, 200, 300, 400] as const;
type Length = (typeof lengths)[number];
/** Levels of test MSE whose first crossing Figure 2 is read for. */
export const mseLevels = [0.1, 0.05, 0.03, 0.02] as const;

export interface Figure2Cell {
  readonly T: Length;
  readonly cell: CellName;
  /** Steps at which the curve first falls below each of `mseLevels`; null where it never does. Digitised. */
  readonly below: readonly (number | null)[];
  /** Test MSE at the end of the curve, and the step of that end. Digitised. */
  readonly end: number;
  readonly endsAt: number;
  /** The lowest test MSE, where the curve ends higher. Digitised. */
  readonly best: number | null;
  readonly settings: PaperSettings | null;
}

const never = [null, null, null, null];
const M = 1e6;

/** Figure 2: [LSTM, RNN + tanh, RNN + ReLU, IRNN] at each length: crossings in millions of steps, end, its step, best. */
const figure2Readings: Readonly<
  Record<Length, readonly [(number | null)[], number, number, (number | null)?][]>
> = {
  150: [
    [[0.44, 0.52, 0.65, 0.86], 0.007, 7.6],
    [[1.46, 1.88, 2.4, 3.91], 0.017, 7.75],
    [never, 0.169, 7.5],
    [[0.52, 0.57, 0.83, 1.02], 0.006, 6.8],
  ],
  200: [
    [[0.34, 1.25, 2.4, 3.97], 0.015, 9.0],
    [never, 0.176, 9.0],
    [never, 0.176, 9.0],
    [[0.7, 0.78, 1.07, 1.38], 0.01, 9.0],
  ],
  300: [
    [[2.03, null, null, null], 0.1, 6.1, 0.069],
    [never, 0.178, 8.1],
    [never, 0.178, 8.1],
    [[3.13, 3.57, 5.37, null], 0.026, 8.7],
  ],
  400: [
    [never, 0.16, 8.9],
    [never, 0.175, 8.1],
    [never, 0.176, 7.1],
    [never, 0.138, 9.0, 0.113],
  ],
};

const recalled = (value: number): Fact<number> => ({ value, sure: 'recalled' });
const reported = (value: number): Fact<number> => ({ value, sure: 'reported' });

/** Table 1. RNN + tanh at the longer lengths and RNN + ReLU are N/A there. */
const table1: Readonly<Record<string, PaperSettings>> = {
  '150 lstm': { learningRate: recalled(0.01), clip: recalled(10), forgetBias: recalled(1) },
  '200 lstm': { learningRate: recalled(0.001), clip: recalled(100), forgetBias: recalled(4) },
  '300 lstm': { learningRate: recalled(0.01), clip: recalled(1), forgetBias: recalled(4) },
  '400 lstm': { learningRate: recalled(0.01), clip: recalled(100), forgetBias: recalled(10) },
  '150 rnn_tanh': { learningRate: reported(0.01), clip: reported(100) },
  '150 irnn': { learningRate: reported(0.01), clip: recalled(100) },
  '200 irnn': { learningRate: reported(0.01), clip: recalled(1) },
  '300 irnn': { learningRate: reported(0.01), clip: recalled(10) },
  '400 irnn': { learningRate: reported(0.01), clip: recalled(1) },
};

export const figure2Cells: readonly Figure2Cell[] = lengths.flatMap((T) =>
  figure2Readings[T].map(([crossings, end, endsAt, best], index) => {
    const cell = cellNames[index]!;
    return {
      T,
      cell,
      below: crossings.map((step) => (step === null ? null : Math.round(step * M))),
      end,
      endsAt: Math.round(endsAt * M),
      best: best ?? null,
      settings: table1[`${T} ${cell}`] ?? null,
    };
  }),
);

export const accuracyLevels = [0.5, 0.9, 0.95, 0.96] as const;

export interface Figure3Cell {
  readonly permuted: boolean;
  readonly cell: CellName;
  /** Best test accuracy of the curve, 0 to 1. Digitised. */
  readonly best: number;
  /** Steps at which the curve first rises above each of `accuracyLevels`: a step, never (null), or not read. */
  readonly above: readonly (number | null | undefined)[];
  readonly settings: PaperSettings;
}

/** Figure 3 and Table 2. */
export const figure3Cells: readonly Figure3Cell[] = [
  {
    permuted: false,
    cell: 'lstm',
    best: 0.657,
    above: [180_000, null, null, null],
    settings: { learningRate: reported(0.01), clip: reported(1), forgetBias: reported(1) },
  },
  {
    permuted: false,
    cell: 'rnn_tanh',
    best: 0.34,
    above: never,
    settings: { learningRate: recalled(1e-8), clip: recalled(10) },
  },
  {
    permuted: false,
    cell: 'rnn_relu',
    best: 0.206,
    above: never,
    settings: { learningRate: recalled(1e-8), clip: recalled(10) },
  },
  {
    permuted: false,
    cell: 'irnn',
    best: 0.971,
    above: [undefined, 104_000, 320_000, 430_000],
    settings: { learningRate: reported(1e-8), clip: reported(1) },
  },
  {
    permuted: true,
    cell: 'lstm',
    best: 0.356,
    above: never,
    settings: { learningRate: recalled(0.01), clip: recalled(1), forgetBias: recalled(1) },
  },
  {
    permuted: true,
    cell: 'rnn_tanh',
    best: 0.333,
    above: never,
    settings: { learningRate: recalled(1e-8), clip: recalled(1) },
  },
  {
    permuted: true,
    cell: 'rnn_relu',
    best: 0.258,
    above: never,
    settings: { learningRate: recalled(1e-6), clip: recalled(10) },
  },
  {
    permuted: true,
    cell: 'irnn',
    best: 0.816,
    above: [270_000, null, null, null],
    settings: { learningRate: recalled(1e-9), clip: recalled(1) },
  },
];

export interface Table3Row {
  readonly label: string;
  readonly cell: CellName;
  readonly hidden: number;
  readonly layers: number;
  readonly projection: number | null;
  /** Test perplexity on the 1 Billion Word benchmark. Read off an image. */
  readonly perplexity: number;
}

const projected = '1024 units + linear projection with 512 units before softmax';
export const table3Rows: readonly Table3Row[] = [
  { label: 'LSTM (512 units)', cell: 'lstm', hidden: 512, layers: 1, projection: null, perplexity: 68.8 },
  {
    label: 'IRNN (4 layers, 512 units)',
    cell: 'irnn',
    hidden: 512,
    layers: 4,
    projection: null,
    perplexity: 69.4,
  },
  {
    label: `IRNN (1 layer, ${projected})`,
    cell: 'irnn',
    hidden: 1024,
    layers: 1,
    projection: 512,
    perplexity: 70.2,
  },
  {
    label: 'RNN (4 layers, 512 tanh units)',
    cell: 'rnn_tanh',
    hidden: 512,
    layers: 4,
    projection: null,
    perplexity: 71.8,
  },
  {
    label: `RNN (1 layer, ${projected.replace('units', 'tanh units')})`,
    cell: 'rnn_tanh',
    hidden: 1024,
    layers: 1,
    projection: 512,
    perplexity: 72.5,
  },
];

export interface Table4Row {
  readonly cell: CellName;
  readonly hidden: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  /** Frame error rates on TIMIT, 0 to 1. Read off an image. */
  readonly dev: number;
  readonly test: number;
}

/** Table 4: [layers, bidirectional, then dev and test in % of RNN (500 tanh), LSTM (250), iRNN (500)]. */
const table4Readings = [
  [2, false, [35.0, 36.2], [34.5, 35.4], [34.3, 35.5]],
  [5, false, [35.6, 37.0], [35.0, 36.2], [33.0, 33.8]],
  [2, true, [31.5, 32.4], [29.6, 30.6], [31.9, 33.2]],
  [5, true, [33.9, 34.8], [28.5, 29.1], [28.9, 29.7]],
] as const;
const table4Models = [
  ['rnn_tanh', 500],
  ['lstm', 250],
  ['irnn', 500],
] as const;

export const table4Rows: readonly Table4Row[] = table4Readings.flatMap(([layers, bidirectional, ...errors]) =>
  table4Models.map(([cell, hidden], index) => {
    const [dev, test] = errors[index]!;
    return { cell, hidden, layers, bidirectional, dev: round(dev / 100), test: round(test / 100) };
  }),
);

function round(value: number): number {
  return Number(value.toPrecision(6));
}

/** What others report for the same models. */
export const otherResults: readonly { readonly source: string; readonly result: string }[] = [
  {
    source: 'Keras example mnist_irnn (RMSprop, rate 1e-6, pixels / 255)',
    result: 'scan-line MNIST: IRNN 93 % after 900 epochs (1,687,500 steps)',
  },
  {
    source: 'Hu et al. 2018 (arXiv 1801.06105), one layer of 100, RMSprop',
    result: 'scan-line: IRNN 83.55 %, LSTM 24.10 %; permuted: IRNN 62.11 %, LSTM 28.49 %',
  },
  {
    source: 'Keller et al. 2024 (arXiv 2309.08045), Adam, fresh data, one mark in each half, IRNN of 100',
    result:
      'adding: MSE 1e-5, 4e-5, 1e-4 at T = 100, 200, 400, solved at 14 k, 22 k, 30 k steps; fails at T = 700 and 1000',
  },
  { source: 'the same, IRNN of 256', result: 'scan-line 98.5 %, permuted 92.5 %' },
  {
    source: 'Cooijmans et al. 2017 (arXiv 1603.09025), LSTM of 100, RMSprop',
    result: 'scan-line 98.9 %, permuted 90.2 %',
  },
  {
    source: 'Arjovsky et al. 2016 (arXiv 1511.06464), uRNN of 512',
    result: 'scan-line 95.1 %, permuted 91.4 %',
  },
];
