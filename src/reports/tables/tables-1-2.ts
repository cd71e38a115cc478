import { cellStyles } from '../cells.ts';
import type { Curve } from '../curve.ts';
import { formatFact, formatPaper, formatSteps, NOTHING, REPORTED, UNVERIFIED } from '../format.ts';
import { mseLevels, type PaperSettings } from '../paper/facts.ts';
import type { FigureRow } from '../paper/outcomes.ts';
import { figure2Rows, figure3Rows } from '../paper/rows.ts';
import { chosenFor, type Selection } from '../paper/selections.ts';
import type { RunRecord } from '../run-record.ts';
import { atTheEnd, atTheSameStep, likeForLikeCell, likeForLikeRecord } from './like-for-like.ts';
import {
  commonCells,
  commonColumns,
  commonRecord,
  learnedCells,
  learnedRecord,
  resultOf,
  scoreCell,
  scoreRecord,
  stayedCell,
  testEstimate,
} from './result.ts';
import type { Table, TableRow } from './table.ts';

const NOT_APPLICABLE = 'N/A';
export const selectionNote =
  'Ours: mean ± standard deviation over n seeds of the test score at the evaluation with the best validation score. Where several settings were run, validation chose among those with the most seeds; test scores choose nothing.';
const gridSearchNote =
  'Our grid search: what a sweep chose by validation, and of how many settings (its selection.json); our runs in the row may have others.';
const unverifiedNote = `${UNVERIFIED} unverified: recalled from the paper, not checked against it. ${REPORTED} stated in other people’s code or notes, not seen in the paper’s own table.`;
const likeNote =
  'At the end: the last score of our runs minus the last of the paper’s curve. At the same step: our runs’ last score minus the paper’s curve at that step. Stayed: the share of test scores beyond the mark, from the first on that was.';
const wilsonNote =
  'Learned: runs whose test score passed the mark, with Wilson’s 95 % interval. Steps: median (first–last run). A run that never passed it counts as later than all others.';
const paperNote =
  'The paper shows the best of its grid search, one run each, without seeds; its scores here are read off its figures (MSE ±0.003, steps ±30 k, accuracy ±0.4 points).';

/** Table 1: the settings of the paper's best runs on the adding problem, beside ours and what they reach. */
export function table1(runs: readonly RunRecord[], selections: readonly Selection[]): Table {
  const level = mseLevels.indexOf(0.05);
  return {
    id: 'table-1',
    title: 'Table 1: the adding problem',
    notes: [selectionNote, gridSearchNote, wilsonNote, likeNote, paperNote, unverifiedNote],
    columns: [
      'T',
      'cell',
      'MSE, paper',
      'MSE, here',
      'first < 0.05, paper',
      'first < 0.05, here',
      'learned',
      'stayed',
      'at the end',
      'at the same step',
      'settings of the paper',
      'our grid search',
      ...commonColumns,
    ],
    main: ['T', 'cell', 'MSE, paper', 'MSE, here', 'first < 0.05, here'],
    rows: figure2Rows.map((row): TableRow => {
      const { paper, measure, cell } = row;
      const result = resultOf(row, runs, undefined, selections);
      const crossing = paper.below[level] ?? null;
      return {
        cells: [
          String(paper.T),
          cellStyles[cell].label,
          formatPaper(paper.end, measure),
          scoreCell(result.curve, testEstimate),
          crossing === null ? `not by ${formatSteps(paper.endsAt)}` : formatSteps(crossing),
          ...learnedCells(result.curve),
          ...likeForLikeCells(row, result.curve),
          formatSettings(paper.settings),
          chosenFor(row, selections),
          ...commonCells(result),
        ],
        record: {
          T: paper.T,
          cell,
          ...settingsRecord(paper.settings),
          grid_search: chosenFor(row, selections) || null,
          ...scoreRecord('test_mse', result.curve, testEstimate, paper.end),
          learned_step_paper: crossing,
          ...learnedRecord(result.curve),
          ...likeForLikeRecords(row, result.curve),
          ...commonRecord(result),
        },
      };
    }),
  };
}

/** Table 2: the same for pixel-by-pixel MNIST, in both orders. */
export function table2(runs: readonly RunRecord[], selections: readonly Selection[]): Table {
  return {
    id: 'table-2',
    title: 'Table 2: pixel-by-pixel MNIST',
    notes: [
      selectionNote,
      gridSearchNote,
      wilsonNote,
      likeNote,
      `${paperNote} Its accuracy is the best of its test curve.`,
      unverifiedNote,
    ],
    columns: [
      'order',
      'cell',
      'accuracy, paper',
      'accuracy, here',
      'first > 90 %, paper',
      'first > 90 %, here',
      'learned',
      'stayed',
      'at the end',
      'at the same step',
      'settings of the paper',
      'our grid search',
      ...commonColumns,
    ],
    main: ['order', 'cell', 'accuracy, paper', 'accuracy, here', 'first > 90 %, here'],
    rows: figure3Rows.map((row): TableRow => {
      const { paper, measure, cell } = row;
      const result = resultOf(row, runs, undefined, selections);
      const order = paper.permuted ? 'permuted' : 'scan line';
      const crossing = paper.above[1] ?? null;
      return {
        cells: [
          order,
          cellStyles[cell].label,
          formatPaper(paper.best, measure),
          scoreCell(result.curve, testEstimate),
          crossing === null ? 'never' : formatSteps(crossing),
          ...learnedCells(result.curve),
          ...likeForLikeCells(row, result.curve),
          formatSettings(paper.settings),
          chosenFor(row, selections),
          ...commonCells(result),
        ],
        record: {
          order,
          cell,
          ...settingsRecord(paper.settings),
          grid_search: chosenFor(row, selections) || null,
          ...scoreRecord('test_accuracy', result.curve, testEstimate, paper.best),
          learned_step_paper: crossing,
          ...learnedRecord(result.curve),
          ...likeForLikeRecords(row, result.curve),
          ...commonRecord(result),
        },
      };
    }),
  };
}

function likeForLikeCells(row: FigureRow, curve: Curve | null): string[] {
  if (curve === null) return [NOTHING, NOTHING, NOTHING];
  return [
    stayedCell(curve),
    likeForLikeCell(atTheEnd(row, curve), curve, false),
    likeForLikeCell(atTheSameStep(row, curve), curve, true),
  ];
}

function likeForLikeRecords(row: FigureRow, curve: Curve | null): Record<string, number | null> {
  return {
    ...likeForLikeRecord('end', curve && atTheEnd(row, curve)),
    ...likeForLikeRecord('same_step', curve && atTheSameStep(row, curve)),
  };
}

function formatSettings(settings: PaperSettings | null): string {
  if (settings === null) return NOT_APPLICABLE;
  const { learningRate, clip, forgetBias } = settings;
  const bias = forgetBias ? `, forget bias ${formatFact(forgetBias)}` : NOTHING;
  return `rate ${formatFact(learningRate)}, clip ${formatFact(clip)}${bias}`;
}

function settingsRecord(settings: PaperSettings | null): Record<string, string | number | null> {
  const facts = settings && [settings.learningRate, settings.clip, settings.forgetBias];
  return {
    paper_learning_rate: settings?.learningRate.value ?? null,
    paper_clip: settings?.clip.value ?? null,
    paper_forget_bias: settings?.forgetBias?.value ?? null,
    paper_reported: facts?.some((fact) => fact?.sure === 'reported') ? 'yes' : 'no',
    paper_unverified: facts?.some((fact) => fact && fact.sure === 'recalled') ? 'yes' : 'no',
  };
}
