import { cellStyles } from '../cells.ts';
import type { Curve } from '../curve.ts';
import { formatDurations, formatSteps, NOTHING } from '../format.ts';
import { isBeyond } from '../measures.ts';
import { accuracyLevels, mseLevels } from '../paper/facts.ts';
import { figure2Rows, figure3Rows } from '../paper/rows.ts';
import { pointsOf, type RunRecord } from '../run-record.ts';
import { type DurationSummary, firstStep, summariseDurations } from '../statistics.ts';
import { type Result, resultOf } from './result.ts';
import type { Table, TableRow } from './table.ts';

const note =
  'Steps at which a test curve first passes a level. The paper: one run, read off the figure. Here: median over seeds (first–last run); runs that had not passed the level count as later than all others.';

/** How soon the curves of Figure 2 fall below given errors. */
export function figure2Table(runs: readonly RunRecord[]): Table {
  return {
    id: 'figure-2',
    title: 'Figure 2: steps to a test MSE',
    notes: [note],
    columns: ['T', 'cell', '', ...mseLevels.map((level) => `< ${level.toFixed(2)}`), 'command'],
    rows: figure2Rows.flatMap((row) =>
      twoRows(
        [String(row.paper.T), cellStyles[row.cell].label],
        mseLevels,
        row.paper.below,
        resultOf(row, runs),
        {
          T: row.paper.T,
          cell: row.cell,
        },
      ),
    ),
  };
}

/** How soon the curves of Figure 3 rise above given accuracies. */
export function figure3Table(runs: readonly RunRecord[]): Table {
  return {
    id: 'figure-3',
    title: 'Figure 3: steps to a test accuracy',
    notes: [note],
    columns: ['order', 'cell', '', ...accuracyLevels.map((level) => `> ${level * 100} %`), 'command'],
    rows: figure3Rows.flatMap((row) => {
      const order = row.paper.permuted ? 'permuted' : 'scan line';
      return twoRows(
        [order, cellStyles[row.cell].label],
        accuracyLevels,
        row.paper.above,
        resultOf(row, runs),
        {
          order,
          cell: row.cell,
        },
      );
    }),
  };
}

function twoRows(
  labels: readonly [string, string],
  levels: readonly number[],
  paper: readonly (number | null | undefined)[],
  { curve, command }: Result,
  record: Readonly<Record<string, string | number>>,
): TableRow[] {
  const ours = levels.map((level) => (curve === null ? null : crossings(curve, level)));
  return [
    {
      cells: [
        ...labels,
        'paper',
        ...paper.map((step) =>
          step === undefined ? 'not read' : step === null ? 'never' : formatSteps(step),
        ),
        NOTHING,
      ],
      record: { ...record, source: 'paper', ...keyed(levels, (i) => paper[i] ?? null) },
    },
    {
      cells: [
        NOTHING,
        NOTHING,
        'here',
        ...ours.map((summary) => (summary ? formatDurations(summary) : NOTHING)),
        command === NOTHING ? NOTHING : `\`${command}\``,
      ],
      record: {
        ...record,
        source: 'here',
        ...keyed(levels, (i) => ours[i]?.median ?? null),
        n: curve?.scores.length ?? 0,
        command,
      },
    },
  ];
}

function crossings({ scores, measure }: Curve, level: number): DurationSummary {
  return summariseDurations(
    scores.map(({ run }) =>
      firstStep(pointsOf(run.metrics, `test_${measure.metric}`), isBeyond(measure, level)),
    ),
  );
}

function keyed(
  levels: readonly number[],
  value: (index: number) => number | null,
): Record<string, number | null> {
  return Object.fromEntries(levels.map((level, index) => [`step_at_${level}`, value(index)]));
}
