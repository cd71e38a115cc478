import { endMeanings } from '../figures/figure.ts';
import { type Axis, axisOf } from './axis.ts';
import { type Dot, Grid } from './grid.ts';
import { stepLabels, valueLabels } from './labels.ts';
import { type LineStyle, lineStyles } from './lines.ts';

/** Line charts for a terminal, drawn with braille characters. */

export interface TerminalLine {
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

export interface TerminalChartOptions {
  /** Columns of text, axis and all. */
  readonly width: number;
  /** Rows of the drawing, without the axis below. */
  readonly height: number;
  /** Colours lines with ANSI codes; without, letters and dashes tell them apart. */
  readonly colour: boolean;
  /** The value that fills the chart's height; where larger ones are cut off, an arrow says so. */
  readonly top?: number;
  /** Which axes are logarithmic; one of steps begins at the first step after 0. */
  readonly log: { readonly steps: boolean; readonly values: boolean };
  readonly formatValue: (value: number) => string;
  readonly formatStep: (step: number) => string;
}

/** At an edge beyond which a value lies. */
const UP = endMeanings.spike.sign;
const DOWN = '▼';

/** The chart and its legend as lines of text; a note where there is nothing to draw. What is not a number is left out. */
export function terminalChart(lines: readonly TerminalLine[], options: TerminalChartOptions): string {
  const { height, log } = options;
  const points = lines.map((line) =>
    line.points.filter(([step, value]) => !Number.isNaN(value) && (!log.steps || step > 0)),
  );
  const values = points.flatMap((own) => own.map(([, value]) => value));
  const x = axisOf(
    points.flatMap((own) => own.map(([step]) => step)),
    log.steps,
  );
  const y = axisOf(values, log.values, options.top);
  if (x === null || y === null)
    return values.some(Number.isFinite) ? 'nothing above 0 to draw\n' : 'nothing to draw yet\n';
  const labels = valueLabels(y, height, options.formatValue);
  const margin = Math.max(...labels.map((label) => label.length));
  const columns = Math.max(8, options.width - margin - 2);
  const styles = lineStyles(lines.length, options.colour);
  const rows = drawRows(points, x, y, new Grid(columns, height), styles);
  return [
    ...rows.map((row, at) => `${labels[at]!.padStart(margin)} │${row}`.trimEnd()),
    `${' '.repeat(margin)} └${'─'.repeat(columns)}`,
    `${' '.repeat(margin + 2)}${stepLabels(log.steps ? x : { ...x, inner: [] }, columns, options.formatStep)}`,
    ...(lines.length > 1 ? lines.map(({ name }, index) => legendRow(name, styles[index]!)) : []),
    ...legendOfEdges(values, y, options.formatValue),
    '',
  ].join('\n');
}

function drawRows(
  points: readonly TerminalLine['points'][],
  x: Axis,
  y: Axis,
  grid: Grid,
  styles: readonly LineStyle[],
): string[] {
  const dotOf = (step: number, value: number): Dot => [
    Math.round(x.share(step) * (grid.columns * 2 - 1)),
    Math.round((1 - Math.min(1, Math.max(0, y.share(value)))) * (grid.height * 4 - 1)),
  ];
  const paths = points.map((own, index) =>
    drawLine(
      grid,
      own.map(([step, value]) => dotOf(step, value)),
      index,
      styles[index]!.dashes,
    ),
  );
  points.forEach((own, index) => {
    for (const [step, value] of own) {
      const share = y.share(value);
      if (share < 0 || share > 1) grid.sign([grid.at(dotOf(step, value))], share > 1 ? UP : DOWN, index);
    }
  });
  paths.forEach((path, index) => {
    const { letter } = styles[index]!;
    if (letter === null) return;
    // At its end, and once on the way, each line elsewhere.
    const column = Math.floor(((index + 0.5) / styles.length) * grid.columns);
    grid.sign(path.toReversed(), letter, index);
    grid.sign(
      path.filter((at) => at % grid.columns === column),
      letter,
      index,
    );
  });
  return grid.rows((character, owner) => styles[owner]!.paint(character));
}

/** Returns the characters that the line passes, in order. */
function drawLine(grid: Grid, dots: readonly Dot[], owner: number, dashes: string): number[] {
  const path: number[] = [];
  let walked = 0;
  dots.forEach((dot, index) => {
    const passed = grid.line(dots[index - 1] ?? dot, dot, owner, dashes, walked);
    walked += passed.length - 1;
    for (const at of passed) if (at !== path.at(-1)) path.push(at);
  });
  return path;
}

function legendRow(name: string, { letter, sample, paint }: LineStyle): string {
  return `  ${paint(letter === null ? sample : `${letter} ${sample}`)} ${name}`;
}

/** What the arrows mean, and how far beyond the edge values are. */
function legendOfEdges(values: readonly number[], y: Axis, format: (value: number) => string): string[] {
  const row = (sign: string, beyond: readonly number[], furthest: (a: number, b: number) => number) =>
    beyond.length === 0
      ? []
      : [`  ${sign} ${endMeanings.spike.text}, to ${format(beyond.reduce((a, b) => furthest(a, b)))}`];
  return [
    ...row(
      UP,
      values.filter((value) => y.share(value) > 1),
      Math.max,
    ),
    ...row(
      DOWN,
      values.filter((value) => y.share(value) < 0),
      Math.min,
    ),
  ];
}
