import uPlot from 'uplot';
import { ink } from './theme.ts';

/** A line of a chart; its x rise. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly colour: string;
  readonly width: number;
  readonly dash?: readonly number[];
}

export interface Axes {
  readonly x: { readonly title: string; readonly log: boolean; readonly range: readonly [number, number] };
  readonly y: { readonly log: boolean; readonly range: readonly [number, number] };
}

const font = '12px Inter, system-ui, sans-serif';
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** Draws lines into `place`, in the stead of what was there. */
export function drawCurves(place: HTMLElement, curves: readonly Curve[], { x, y }: Axes): void {
  const stroke = ink('--muted');
  const grid = { stroke: ink('--grid'), width: 1 };
  const data = curves.map((curve): uPlot.AlignedData => [[...curve.x], [...curve.y]]);
  const tick = (value: number) =>
    value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(0) : short.format(value);
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, distr: x.log ? 3 : 1, range: [...x.range] },
        y: { distr: y.log ? 3 : 1, range: [...y.range] },
      },
      axes: [
        {
          stroke,
          grid,
          font,
          label: x.title,
          labelFont: font,
          labelSize: 18,
          size: 32,
          values: values(x.log, tick),
        },
        { stroke, grid, font, size: 56, values: values(y.log, tick) },
      ],
      series: [
        {},
        ...curves.map(({ colour, width, dash }) => ({
          stroke: colour,
          width,
          spanGaps: true,
          points: { show: false },
          ...(dash === undefined ? {} : { dash: [...dash] }),
        })),
      ],
    },
    data.length === 0 ? [[]] : uPlot.join(data),
  );
  place.replaceChildren(plot.root);
}

/** On a logarithmic axis the powers of ten alone; uPlot hands over nulls for those that it finds too close. */
function values(log: boolean, tick: (value: number) => string) {
  const isPower = (value: number) => Math.abs(Math.log10(value) % 1) < 1e-9;
  return (_: uPlot, splits: readonly (number | null)[]) =>
    splits.map((value) => (value === null || (log && !isPower(value)) ? '' : tick(value)));
}
