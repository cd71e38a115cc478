import type { TopLevelSpec } from 'vega-lite';
import { fontFamily, textWidth } from './draw.ts';
import { type Figure, type Line, lineMeanings, type Panel } from './figure.ts';

export interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** Steps on a logarithmic axis, which shows curves of very different lengths side by side. */
  readonly logSteps: boolean;
  /** Values likewise; those that are not above 0 are left out. */
  readonly logValues?: boolean;
  /** Other limits than the panels' own: a closer look. */
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
}

/** 500k, 1M, 0: Vega's own SI format writes 0M. */
export const stepLabel = "datum.value === 0 ? '0' : format(datum.value, '~s')";
export const ink = '#1f2933';
export const muted = '#5b6770';
const faint = '#e4e8ec';
const dash = { paper: [5, 3], baseline: [1.5, 2.5] };

/** How all our pictures look. */
export const figureConfig = {
  font: fontFamily,
  title: {
    anchor: 'start',
    fontSize: 17,
    fontWeight: 600,
    color: ink,
    subtitleFontSize: 12.5,
    subtitleColor: muted,
    subtitlePadding: 5,
    offset: 10,
  },
  axis: {
    labelFontSize: 12,
    labelColor: muted,
    titleFontSize: 12.5,
    titleFontWeight: 400,
    titleColor: ink,
    gridColor: faint,
    domainColor: '#9aa5ae',
    tickColor: '#9aa5ae',
    tickSize: 4,
    labelPadding: 4,
    titlePadding: 8,
  },
  view: { stroke: null },
  concat: { spacing: 26 },
};

/** The Vega-Lite specification of a figure. */
export function chartSpec(figure: Figure, layout: Layout): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: figure.title, subtitle: figure.subtitle },
    vconcat: [
      legend(figure),
      {
        concat: figure.panels.map((panel) => panelSpec(figure, panel, layout)),
        columns: layout.columns,
        spacing: 26,
      },
    ],
    spacing: 12,
    align: 'none',
    config: figureConfig,
  } as TopLevelSpec;
}

/** Where a logarithmic axis begins that would begin at 0: nothing has been learned before. */
const FIRST_LOG_STEP = 1000;

function panelSpec(figure: Figure, panel: Panel, layout: Layout): object {
  const { x, y } = layout;
  const yDomain = y ?? panel.y.domain;
  const xDomain = x ?? panel.x.domain;
  const from = layout.logSteps ? xDomain[0] || FIRST_LOG_STEP : xDomain[0];
  const colour = {
    field: 'name',
    type: 'nominal',
    legend: null,
    scale: { domain: figure.keys.map(({ name }) => name), range: figure.keys.map((key) => key.colour) },
  };
  const xEncoding = {
    field: 'step',
    type: 'quantitative',
    title: panel.x.title,
    scale: layout.logSteps
      ? { type: 'log', domain: [from, xDomain[1]], nice: false }
      : { domain: xDomain, nice: false },
    axis: layout.logSteps
      ? { labelExpr: stepLabel, values: logTicks(from, xDomain[1]), grid: true }
      : { labelExpr: stepLabel, tickCount: 6, grid: false },
  };
  const yEncoding = {
    type: 'quantitative',
    title: panel.y.title,
    scale: { domain: yDomain, nice: false, ...(layout.logValues ? { type: 'log' } : {}) },
    axis: {
      format: panel.y.percent ? (layout.logValues ? '~%' : '.0%') : '~g',
      ...(layout.logValues ? { values: powersOfTen(yDomain) } : { tickCount: 5 }),
    },
  };
  const line = (kind: Line['kind'], mark: object) => ({
    data: {
      values: linesOf(panel, kind, from, yDomain).filter(({ value }) => !layout.logValues || value > 0),
    },
    mark: { type: 'line', clip: true, interpolate: 'linear', strokeJoin: 'round', ...mark },
    encoding: { x: xEncoding, y: { field: 'value', ...yEncoding }, color: colour, detail: { field: 'line' } },
  });
  const baseline =
    panel.baseline === null
      ? []
      : [
          {
            data: { values: [{ value: panel.baseline }] },
            mark: { type: 'rule', color: muted, strokeDash: dash.baseline, strokeWidth: 1.2 },
            encoding: { y: { field: 'value', ...yEncoding } },
          },
        ];
  return {
    title: { text: panel.title, fontSize: 13.5, offset: 8 },
    width: layout.width,
    height: layout.height,
    layer: [
      ...baseline,
      line('paper', { strokeWidth: 1.4, strokeDash: dash.paper, opacity: 0.8 }),
      line('seed', { strokeWidth: 0.9, opacity: 0.4 }),
      line('median', { strokeWidth: 2.4 }),
      ...endsOf(panel, from, yDomain).map(({ shape, filled, values }) => ({
        data: { values },
        mark: { type: 'point', shape, filled, size: 44, strokeWidth: 1.6, opacity: 1 },
        encoding: { x: xEncoding, y: { field: 'value', ...yEncoding }, color: colour },
      })),
    ],
  };
}

/** Points from `from` on; far above the axis they are cut, so that a spike of 1e5 is drawn as a spike. */
function linesOf(panel: Panel, kind: Line['kind'], from: number, [bottom, top]: readonly [number, number]) {
  const limit = top + 4 * (top - bottom);
  return panel.lines.flatMap((line, index) =>
    line.kind !== kind
      ? []
      : line.points
          .filter(([step]) => step >= from)
          .map(([step, value]) => ({ name: line.name, line: index, step, value: Math.min(value, limit) })),
  );
}

const endShapes = {
  solved: { shape: 'circle', filled: true },
  capped: { shape: 'circle', filled: false },
  diverged: { shape: 'cross', filled: true },
  unfinished: { shape: 'triangle-right', filled: false },
  spike: { shape: 'triangle-up', filled: true },
} as const;

/** Marks where runs end, by how they do, and at the top of the axis where they go beyond it. */
function endsOf(panel: Panel, from: number, [bottom, top]: readonly [number, number]) {
  const marks = panel.lines.flatMap(({ name, end, points }) => {
    if (end === undefined) return [];
    const shown = points.filter(([step]) => step >= from);
    const last = shown.at(-1);
    const spikes = shown.filter(([, value]) => value > top);
    return [
      ...(last === undefined || last[1] > top ? [] : [{ name, mark: end, step: last[0], value: last[1] }]),
      ...spikes.map(([step]) => ({
        name,
        mark: 'spike' as const,
        step,
        value: top - 0.015 * (top - bottom),
      })),
    ];
  });
  return (Object.keys(endShapes) as (keyof typeof endShapes)[]).flatMap((mark) => {
    const values = marks.filter((each) => each.mark === mark);
    return values.length === 0 ? [] : [{ ...endShapes[mark], values }];
  });
}

export function logTicks(from: number, to: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7]
    .flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
    .filter((tick) => tick >= from && tick <= to);
}

/** With 2 and 5 between where they are few. */
function powersOfTen([from, to]: readonly [number, number]): number[] {
  const first = Math.floor(Math.log10(from));
  const powers = Array.from({ length: Math.ceil(Math.log10(to)) - first + 1 }, (_, index) => first + index);
  const digits = powers.length > 4 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => digits.map((digit) => digit * 10 ** power))
    .filter((tick) => tick >= from && tick <= to);
}

const ROW = 18;
const LEGEND_FONT = 12;

/** Colours first, then what the kinds of lines mean; drawn as marks, because Vega's own legends do not mix the two. */
function legend({ keys, panels }: Figure): object {
  const has = (kind: string) => panels.some(({ lines }) => lines.some((line) => line.kind === kind));
  const kinds = [
    ...(has('median') && (has('seed') || has('paper'))
      ? [{ label: lineMeanings.median, dash: [1, 0], width: 2.4, opacity: 1 }]
      : []),
    ...(has('seed') ? [{ label: lineMeanings.seed, dash: [1, 0], width: 0.9, opacity: 0.6 }] : []),
    ...(has('paper') ? [{ label: lineMeanings.paper, dash: dash.paper, width: 1.4, opacity: 0.9 }] : []),
    ...(panels.some(({ baseline }) => baseline !== null)
      ? [{ label: lineMeanings.baseline, dash: dash.baseline, width: 1.2, opacity: 1 }]
      : []),
  ];
  const place = <T extends { label: string }>(items: readonly T[], row: number) => {
    let left = 0;
    return items.map((item) => {
      const x = left;
      left += 28 + textWidth({ fontSize: LEGEND_FONT }, item.label) + 20;
      return { ...item, x, end: x + 22, text: x + 28, y: row * ROW + ROW / 2 };
    });
  };
  const colours = place(
    keys.map(({ name, colour }) => ({ label: name, colour, dash: [1, 0], width: 4, opacity: 1 })),
    0,
  );
  const strokes = place(
    kinds.map((kind) => ({ ...kind, colour: muted })),
    1,
  );
  const position = (field: string) => ({ field, type: 'quantitative', scale: null, axis: null });
  const items = [...colours, ...strokes];
  return {
    width: 10,
    height: 2 * ROW,
    layer: [
      ...items.map((item) => ({
        data: { values: [item] },
        mark: {
          type: 'rule',
          color: item.colour,
          strokeDash: item.dash,
          strokeWidth: item.width,
          opacity: item.opacity,
        },
        encoding: { x: position('x'), x2: { field: 'end' }, y: position('y') },
      })),
      {
        data: { values: items },
        mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: LEGEND_FONT, color: ink },
        encoding: { x: position('text'), y: position('y'), text: { field: 'label' } },
      },
    ],
  };
}
