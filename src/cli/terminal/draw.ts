import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isLogarithmic } from '../../reports/figures/curve-panel.ts';
import type { Figure } from '../../reports/figures/figure.ts';
import { formatSteps } from '../../reports/format.ts';
import { pointsOf, type RunRecord } from '../../reports/run-record.ts';
import { type TerminalLine, terminalChart } from '../../reports/terminal-chart/chart.ts';
import { replaceFile } from '../../support/atomic-file.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { LogOption } from '../options.ts';
import { formatScore } from './score.ts';

const DEFAULT_WIDTH = 100;
const ROWS = 14;

/** Columns of runs against steps, as large as the terminal allows. */
export async function drawInTerminal(
  runs: readonly RunRecord[],
  columns: readonly string[],
  log: LogOption['log'],
  stream: NodeJS.WriteStream = process.stdout,
): Promise<string> {
  const { sensibleRange } = await import('../../reports/compare.ts');
  const lines: TerminalLine[] = runs.flatMap((run) =>
    columns.map((column) => ({
      name: runs.length === 1 ? column : columns.length === 1 ? run.name : `${run.name}, ${column}`,
      points: pointsOf(run.metrics, column),
    })),
  );
  const axes = logAxes(log, columns);
  const [, top] = sensibleRange(lines.flatMap(({ points }) => points.map(([, value]) => value)));
  const heading = columns.length === 1 || runs.length > 1 ? `${columns.join(', ')}\n` : '';
  const chart = terminalChart(lines, {
    width: Math.min(stream.columns ?? DEFAULT_WIDTH, 140),
    height: ROWS,
    colour: stream.isTTY === true && !process.env.NO_COLOR,
    // A logarithmic axis has room for a spike.
    ...(axes.values ? {} : { top }),
    log: axes,
    formatValue: formatScore,
    formatStep: formatSteps,
  });
  return `${heading}${chart}`;
}

/** The same as a picture; the file's ending says which kind. Throws UserError: 64 for another ending, 73 if it cannot be written. */
export async function drawToFile(
  path: string,
  runs: readonly RunRecord[],
  columns: readonly string[],
  { title, log }: { readonly title: string; readonly log: LogOption['log'] },
): Promise<void> {
  if (!/\.(svg|png)$/.test(path)) {
    throw new UserError(ExitCode.usage, `${path}: a picture's name ends in .svg or .png`);
  }
  const { overlay } = await import('../../reports/compare.ts');
  const { chartSpec } = await import('../../reports/figures/chart.ts');
  const { drawSvg } = await import('../../reports/figures/draw.ts');
  const figure = overlay(runs, columns, title);
  const layout = { columns: 1, width: 720, height: 340, ...limits(figure, logAxes(log, columns)) };
  const svg = await drawSvg(chartSpec(figure, layout));
  const picture = path.endsWith('.svg')
    ? svg
    : await (await import('../../reports/figures/draw.ts')).drawPng(svg);
  try {
    replaceFile(path, picture);
  } catch (error) {
    const reason = existsSync(dirname(path)) ? (error as Error).message : `no such folder: ${dirname(path)}`;
    throw new UserError(ExitCode.cannotCreate, `${path}: cannot write it (${reason})`, { cause: error });
  }
}

interface LogAxes {
  readonly steps: boolean;
  readonly values: boolean;
}

/** What was asked for, or else what suits the columns. */
function logAxes(log: LogOption['log'], columns: readonly string[]): LogAxes {
  if (log === undefined) return { steps: false, values: columns.every(isLogarithmic) };
  return { steps: log.includes('x'), values: log.includes('y') };
}

/** Logarithmic axes begin at the lowest step and value above 0. */
function limits({ panels }: Figure, { steps, values }: LogAxes) {
  const points = panels
    .flatMap(({ lines }) => lines.flatMap((line) => line.points))
    .filter(([step]) => !steps || step > 0);
  const range = (numbers: number[]): readonly [number, number] => {
    const positive = numbers.filter((number) => number > 0);
    if (positive.length === 0) return [1, 10];
    const [low, high] = [
      positive.reduce((a, b) => Math.min(a, b)),
      positive.reduce((a, b) => Math.max(a, b)),
    ];
    return low < high ? [low, high] : [low / 2, high * 2];
  };
  return {
    logSteps: steps,
    logValues: values,
    ...(steps ? { x: range(points.map(([step]) => step)) } : {}),
    ...(values ? { y: range(points.map(([, value]) => value)) } : {}),
  };
}
