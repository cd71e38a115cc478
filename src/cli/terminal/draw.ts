import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatSteps } from '../../reports/format.ts';
import { pointsOf, type RunRecord } from '../../reports/run-record.ts';
import { type TerminalLine, terminalChart } from '../../reports/terminal-chart.ts';
import { replaceFile } from '../../support/atomic-file.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { formatScore } from './table.ts';

const DEFAULT_WIDTH = 100;
const ROWS = 14;

/** Columns of runs against steps, as large as the terminal allows. */
export async function drawInTerminal(
  runs: readonly RunRecord[],
  columns: readonly string[],
  stream: NodeJS.WriteStream = process.stdout,
): Promise<string> {
  const { sensibleRange } = await import('../../reports/compare.ts');
  const lines: TerminalLine[] = runs.flatMap((run) =>
    columns.map((column) => ({
      name: runs.length === 1 ? column : columns.length === 1 ? run.name : `${run.name}, ${column}`,
      points: pointsOf(run.metrics, column),
    })),
  );
  const [, top] = sensibleRange(lines.flatMap(({ points }) => points.map(([, value]) => value)));
  const heading = columns.length === 1 || runs.length > 1 ? `${columns.join(', ')}\n` : '';
  const chart = terminalChart(lines, {
    width: Math.min(stream.columns ?? DEFAULT_WIDTH, 140),
    height: ROWS,
    colour: stream.isTTY === true && !process.env.NO_COLOR,
    top,
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
  title: string,
): Promise<void> {
  if (!/\.(svg|png)$/.test(path)) {
    throw new UserError(ExitCode.usage, `${path}: a picture's name ends in .svg or .png`);
  }
  const { overlay } = await import('../../reports/compare.ts');
  const { chartSpec } = await import('../../reports/figures/chart.ts');
  const { drawSvg } = await import('../../reports/figures/draw.ts');
  const layout = { columns: 1, width: 720, height: 340, logSteps: false };
  const svg = await drawSvg(chartSpec(overlay(runs, columns, title), layout));
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
