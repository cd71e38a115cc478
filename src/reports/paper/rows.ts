import { type CellName, isCell } from '../cells.ts';
import { type Measure, measures } from '../measures.ts';
import { type RunConfig, setting } from '../run-record.ts';
import type { PaperPanel } from './curves.ts';
import { figure2Cells, figure3Cells, table3Rows, table4Rows } from './facts.ts';

/** Decides, from its config alone, whether a run belongs to a row of the paper. */
export interface Row {
  readonly cell: CellName;
  readonly measure: Measure;
  matches(config: RunConfig): boolean;
}

/** What a config says its model is; a key that is not there means a single plain layer. */
function shapeOf(config: RunConfig) {
  return {
    task: setting<string>(config, 'task.name', ''),
    cell: setting<string>(config, 'model.type', ''),
    hidden: setting(config, 'model.hidden', 100),
    layers: setting(config, 'model.layers', 1),
    bidirectional: setting(config, 'model.bidirectional', false),
    projection: setting<number | null>(config, 'model.projection', null),
    scale: setting(config, 'model.scale', 1),
  };
}

/** One layer of 100 units, an IRNN's from the whole identity: what the paper's figures are made with. */
function isFigureModel(config: RunConfig, cell: CellName): boolean {
  const shape = shapeOf(config);
  return (
    shape.cell === cell &&
    shape.hidden === 100 &&
    shape.layers === 1 &&
    !shape.bidirectional &&
    shape.projection === null &&
    (cell !== 'irnn' || shape.scale === 1)
  );
}

export const figure2Rows = figure2Cells.map((paper) => ({
  paper,
  cell: paper.cell,
  panel: `figure2-t${paper.T}` as PaperPanel,
  measure: measures.adding as Measure,
  matches: (config: RunConfig) =>
    setting<string>(config, 'task.name', '') === 'adding' &&
    setting<number>(config, 'task.T', 0) === paper.T &&
    isFigureModel(config, paper.cell),
}));

/** Adding problems with an IRNN that begins from a part of the identity, which the paper says forgets. */
export function isScaledIrnn(config: RunConfig): boolean {
  const { task, cell, scale } = shapeOf(config);
  return task === 'adding' && cell === 'irnn' && scale < 1;
}

export const figure3Rows = figure3Cells.map((paper) => ({
  paper,
  cell: paper.cell,
  panel: (paper.permuted ? 'figure3-permuted' : 'figure3-pixel') as PaperPanel,
  measure: measures.pixel_mnist as Measure,
  matches: (config: RunConfig) =>
    setting<string>(config, 'task.name', '') === 'pixel_mnist' &&
    setting<boolean>(config, 'task.permuted', false) === paper.permuted &&
    isFigureModel(config, paper.cell),
}));

export const languageModelRows = table3Rows.map((paper) => ({
  paper,
  cell: paper.cell,
  measure: measures.language_model as Measure,
  matches: (config: RunConfig) => {
    const { task, cell, hidden, layers, projection } = shapeOf(config);
    return (
      task === 'language_model' &&
      cell === paper.cell &&
      hidden === paper.hidden &&
      layers === paper.layers &&
      projection === paper.projection
    );
  },
}));

export const speechRows = table4Rows.map((paper) => ({
  paper,
  cell: paper.cell,
  measure: measures.phone_frames as Measure,
  matches: (config: RunConfig) => {
    const { task, cell, hidden, layers, bidirectional } = shapeOf(config);
    return (
      task === 'phone_frames' &&
      cell === paper.cell &&
      hidden === paper.hidden &&
      layers === paper.layers &&
      bidirectional === paper.bidirectional
    );
  },
}));

/** The measure and cell of any run, for comparing and plotting; a task that is not known is judged by its first metric. */
export function measureOf(config: RunConfig): Measure | null {
  const task = setting<string>(config, 'task.name', '');
  return (measures as Record<string, Measure>)[task] ?? null;
}

export function cellOf(config: RunConfig): CellName | null {
  const type = setting<string>(config, 'model.type', '');
  return isCell(type) ? type : null;
}

/** Every row that a run of the paper's experiments can belong to. */
export const allRows: readonly Row[] = [...figure2Rows, ...figure3Rows, ...languageModelRows, ...speechRows];
