import { cellStyles } from '../cells.ts';
import type { Curve } from '../curve.ts';
import { formatEstimate, formatPaper, NONE, NOTHING } from '../format.ts';
import { type Dataset, datasetOf, describeDataset, paperData } from '../paper/datasets.ts';
import { languageModelRows, type Row, speechRows } from '../paper/rows.ts';
import type { RunConfig, RunRecord } from '../run-record.ts';
import type { Estimate } from '../statistics.ts';
import { type BaselineFile, baselineNotes, baselineRows } from './baselines.ts';

import {
  commonCells,
  commonColumns,
  commonRecord,
  differenceCell,
  estimateOf,
  type Result,
  resultOf,
  scoreCell,
  scoreRecord,
  testEstimate,
  validEstimate,
} from './result.ts';
import type { Table, TableRow } from './table.ts';
import { selectionNote } from './tables-1-2.ts';

const LANGUAGE_MODEL = 'language_model';
const PHONE_FRAMES = 'phone_frames';
const standInNote = (task: string) =>
  `Runs on other data than ${paperData[task]} are stand-ins: they show how the models compare with each other, and their difference from the paper’s number is left out, because it would mean nothing.`;

/** Table 3: perplexity of word-level language models. */
export function table3(runs: readonly RunRecord[], baselines: readonly BaselineFile[]): Table {
  return {
    id: 'table-3',
    title: 'Table 3: language modelling, 1 Billion Word',
    notes: [
      selectionNote,
      standInNote(LANGUAGE_MODEL),
      'The paper’s values are read off an image of its table.',
      ...baselineNotes(runs, LANGUAGE_MODEL),
    ],
    columns: ['model', 'data', 'perplexity, paper', 'perplexity, here', 'difference', ...commonColumns],
    main: ['model', 'data', 'perplexity, paper', 'perplexity, here', 'steps'],
    rows: [
      ...languageModelRows.flatMap((row) =>
        resultsByDataset(row, runs, LANGUAGE_MODEL).map(({ dataset, result }): TableRow => {
          const { paper, measure, cell } = row;
          return {
            cells: [
              paper.label,
              describeDataset(dataset, LANGUAGE_MODEL),
              formatPaper(paper.perplexity, measure),
              scoreCell(result.curve, testEstimate),
              dataset.standIn ? NONE : differenceCell(result.curve, testEstimate, paper.perplexity),
              ...commonCells(result),
            ],
            record: {
              model: paper.label,
              cell,
              hidden: paper.hidden,
              layers: paper.layers,
              projection: paper.projection,
              data: dataset.name,
              stand_in: dataset.standIn ? 'yes' : 'no',
              ...scoreRecord('test_perplexity', result.curve, testEstimate, paper.perplexity),
              test_perplexity_difference: differenceOf(dataset, result, testEstimate, paper.perplexity),
              ...commonRecord(result),
            },
            ...unavailable(dataset, result),
          };
        }),
      ),
      ...baselineRows(runs, baselines),
    ],
  };
}

/** Table 4: frame error rates of phone-state classification. */
export function table4(runs: readonly RunRecord[]): Table {
  return {
    id: 'table-4',
    title: 'Table 4: frame error rate, TIMIT',
    notes: [
      selectionNote,
      standInNote(PHONE_FRAMES),
      'The paper’s values are read off an image of its table. Its development set is our validation split.',
      ...baselineNotes(runs, PHONE_FRAMES),
    ],
    columns: [
      'layers',
      'model',
      'data',
      'dev, paper',
      'dev, here',
      'difference',
      'test, paper',
      'test, here',
      'difference',
      'test without silence, here',
      ...commonColumns,
    ],
    main: ['layers', 'model', 'data', 'test, paper', 'test, here'],
    rows: speechRows.flatMap((row) =>
      resultsByDataset(row, runs, PHONE_FRAMES).map(({ dataset, result }): TableRow => {
        const { paper, measure, cell } = row;
        const layers = `${paper.layers}${paper.bidirectional ? ', bidirectional' : ''}`;
        const speech = result.curve && estimateOf(result.curve, 'test_frame_error_speech');
        return {
          cells: [
            layers,
            `${cellStyles[cell].label} (${paper.hidden})`,
            describeDataset(dataset, PHONE_FRAMES),
            formatPaper(paper.dev, measure),
            scoreCell(result.curve, validEstimate),
            dataset.standIn ? NONE : differenceCell(result.curve, validEstimate, paper.dev),
            formatPaper(paper.test, measure),
            scoreCell(result.curve, testEstimate),
            dataset.standIn ? NONE : differenceCell(result.curve, testEstimate, paper.test),
            speech === null ? NOTHING : formatEstimate(speech, measure),
            ...commonCells(result),
          ],
          record: {
            layers: paper.layers,
            bidirectional: paper.bidirectional ? 'yes' : 'no',
            cell,
            hidden: paper.hidden,
            data: dataset.name,
            stand_in: dataset.standIn ? 'yes' : 'no',
            ...scoreRecord('dev_frame_error', result.curve, validEstimate, paper.dev),
            dev_frame_error_difference: differenceOf(dataset, result, validEstimate, paper.dev),
            ...scoreRecord('test_frame_error', result.curve, testEstimate, paper.test),
            test_frame_error_difference: differenceOf(dataset, result, testEstimate, paper.test),
            test_frame_error_speech_mean: speech?.mean ?? null,
            test_frame_error_speech_sd: speech?.sd ?? null,
            ...commonRecord(result),
          },
          ...unavailable(dataset, result),
        };
      }),
    ),
  };
}

/** Of runs on the paper's data alone: beside a stand-in's score the difference would mean nothing. */
function differenceOf(
  { standIn }: Dataset,
  { curve }: Result,
  ours: (curve: Curve) => Estimate,
  paper: number,
): number | null {
  return standIn || curve === null ? null : ours(curve).mean - paper;
}

function unavailable({ name, standIn }: Dataset, { curve }: Result): Pick<TableRow, 'unavailable'> {
  return standIn || curve !== null ? {} : { unavailable: name };
}

/** The paper's own data first, run or not, and then every stand-in that there are runs on. */
function resultsByDataset(
  row: Row,
  runs: readonly RunRecord[],
  task: string,
): { dataset: Dataset; result: Result }[] {
  const own: Dataset = { name: paperData[task]!, standIn: false };
  const standIns = new Map<string, Dataset>();
  for (const { config } of runs) {
    const dataset = datasetOf(config);
    if (row.matches(config) && dataset.standIn) standIns.set(dataset.name, dataset);
  }
  return [own, ...standIns.values()].map((dataset) => {
    const uses = (config: RunConfig) => datasetOf(config).name === dataset.name;
    return {
      dataset,
      result: resultOf(
        row,
        runs.filter(({ config }) => uses(config)),
        uses,
      ),
    };
  });
}
