import type { TopLevelSpec } from 'vega-lite';
import { type cellNames, cellStyles } from '../cells.ts';
import { type Outcome, paperStep, placeOf } from '../paper/outcomes.ts';
import { figureConfig, ink, logTicks, muted, stepLabel } from './chart.ts';

const cells = [
  'irnn',
  'lstm',
  'rnn_relu',
  'rnn_tanh',
] as const satisfies readonly (typeof cellNames)[number][];
const names = cells.map((cell) => cellStyles[cell].label);
const steps = [10_000, 10_000_000] as const;
const size = { width: 430, accuracy: 260, row: 19 };

interface Mark {
  readonly cell: string;
  readonly value: number;
  readonly shape: 'here' | 'here, not by then' | 'paper' | 'paper, never';
}

/** Every curve of Figures 2 and 3 as a few marks on one small picture: when it learned, or how well, here and in the paper. */
export function overviewSpec(outcomes: readonly Outcome[]): TopLevelSpec {
  const adding = outcomes.filter(({ row: { paper } }) => 'T' in paper);
  const pixels = outcomes.filter(({ row: { paper } }) => 'permuted' in paper);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 14,
    title: {
      text: 'What reproduces: every curve of Figures 2 and 3',
      subtitle:
        'Filled: here, one mark a run. Open: the paper. A triangle points on from where a curve ended without getting there.',
    },
    hconcat: [
      {
        ...stack(
          'steps until the test MSE is under 0.05',
          placesOf(adding).map((place) => panel(place, adding, stepMarks, logAxis)),
        ),
        title: { text: 'Adding problem', fontSize: 13.5 },
      },
      {
        ...stack(
          'test accuracy',
          placesOf(pixels).map((place) =>
            panel(
              `pixels, ${place}`,
              pixels.filter(({ row }) => placeOf(row) === place),
              accuracyMarks,
              percentAxis,
            ),
          ),
        ),
        title: { text: 'Pixel-by-pixel MNIST', fontSize: 13.5 },
      },
    ],
    spacing: 44,
    config: figureConfig,
  } as TopLevelSpec;
}

function placesOf(outcomes: readonly Outcome[]): string[] {
  return [...new Set(outcomes.map(({ row }) => placeOf(row)))];
}

type Axis = (title: string | null) => object;

function stack(title: string, panels: readonly ((axisTitle: string | null) => object)[]): object {
  return {
    vconcat: panels.map((make, index) => make(index === panels.length - 1 ? title : null)),
    spacing: 14,
  };
}

const logAxis: Axis = (title) => ({
  title,
  scale: { type: 'log', domain: steps, nice: false },
  axis: {
    labelExpr: stepLabel,
    values: logTicks(...steps).filter((tick) => Number.isInteger(Math.log10(tick))),
    labels: title !== null,
    grid: true,
  },
});
const percentAxis: Axis = (title) => ({
  title,
  scale: { domain: [0, 1] },
  axis: { format: '.0%', tickCount: 5, labels: title !== null, grid: true },
});

function panel(
  place: string,
  outcomes: readonly Outcome[],
  marksOf: (outcome: Outcome) => Mark[],
  axis: Axis,
) {
  const own = place.startsWith('pixels') ? outcomes : outcomes.filter(({ row }) => placeOf(row) === place);
  const values = own.flatMap(marksOf);
  return (title: string | null): object => {
    const y = {
      field: 'cell',
      type: 'nominal',
      title: place,
      sort: names,
      scale: { domain: names },
      axis: {
        titleColor: ink,
        titleFontWeight: 600,
        labelColor: muted,
        domain: false,
        ticks: false,
        grid: true,
      },
    };
    const color = {
      field: 'cell',
      type: 'nominal',
      legend: null,
      scale: { domain: names, range: cells.map((cell) => cellStyles[cell].colour) },
    };
    const layer = (shape: Mark['shape'], mark: object) => ({
      data: { values: values.filter((value) => value.shape === shape) },
      mark: { type: 'point', clip: false, ...mark },
      encoding: { x: { field: 'value', type: 'quantitative', ...axis(title) }, y, color },
    });
    return {
      width: place.startsWith('pixels') ? size.accuracy : size.width,
      height: names.length * size.row,
      layer: [
        layer('paper', { shape: 'diamond', filled: false, size: 120, strokeWidth: 1.6 }),
        layer('paper, never', { shape: 'triangle-right', filled: false, size: 80, strokeWidth: 1.4 }),
        layer('here, not by then', { shape: 'triangle-right', filled: true, size: 70, opacity: 0.75 }),
        layer('here', { shape: 'circle', filled: true, size: 62, opacity: 0.75 }),
      ],
    };
  };
}

function stepMarks({ row, curve }: Outcome): Mark[] {
  const cell = cellStyles[row.cell].label;
  const step = paperStep(row);
  const never = 'T' in row.paper ? row.paper.endsAt : 0;
  const runs = [...(curve?.scores ?? []), ...(curve?.unfinished ?? [])];
  return [
    step === null ? { cell, value: never, shape: 'paper, never' } : { cell, value: step, shape: 'paper' },
    ...runs.flatMap(({ learned }): Mark[] => {
      if (learned === null) return [];
      const value = learned.reached ? learned.step : learned.watched;
      return value < steps[0] ? [] : [{ cell, value, shape: learned.reached ? 'here' : 'here, not by then' }];
    }),
  ];
}

function accuracyMarks({ row, curve }: Outcome): Mark[] {
  const cell = cellStyles[row.cell].label;
  const paper = 'best' in row.paper ? (row.paper.best ?? 0) : 0;
  return [
    { cell, value: paper, shape: 'paper' },
    ...(curve?.scores ?? []).map(({ test }): Mark => ({ cell, value: test, shape: 'here' })),
  ];
}
