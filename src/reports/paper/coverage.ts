import { numericsVersion } from '../../engines/registry.ts';
import { type Curve, curvesOf } from '../curve.ts';
import type { RunConfig, RunRecord } from '../run-record.ts';
import { datasetOf, paperData } from './datasets.ts';
import { decidedBy, outcomesOf, paperStep } from './outcomes.ts';
import { figure2Rows, figure3Rows, languageModelRows, type Row, speechRows } from './rows.ts';
import type { Selection } from './selections.ts';

/** How much of the paper has been run. Every curve of a figure and every row of a table is one item. */
export interface Coverage {
  readonly id: string;
  readonly title: string;
  readonly total: number;
  /** Items with any run: on a stand-in too. Of Tables 1 and 2, whose rows are chosen settings: with a grid search. */
  readonly run: number;
  /** Items that compare with the paper like for like: on its data, and run for long enough to say. */
  readonly comparable: number;
  /** Items all of whose runs were made with the numerics that this program has, so that `irnn-run verify` can repeat them. */
  readonly verified: number;
  /** Items on data that cannot be had, and has not been run on. */
  readonly unavailable: number;
}

/** Whether this program computes the same bits as the one that made the run: their numerics versions agree. */
export function hasCurrentNumerics({ meta }: RunRecord): boolean {
  const engine = meta?.engine;
  if (engine === undefined) return false;
  return (
    engine.numerics !== undefined && engine.numerics === numericsVersion(engine.engine, engine.instructionSet)
  );
}

interface Item {
  readonly runs: readonly RunRecord[];
  readonly run: boolean;
  readonly comparable: boolean;
  readonly unavailable: boolean;
}

export function coverageOf(runs: readonly RunRecord[], selections: readonly Selection[]): Coverage[] {
  const outcomes = outcomesOf(runs);
  const figureItem = (row: Row): Item => {
    const { curve, row: paperRow, learned, watched } = outcomes.find((outcome) => outcome.row === row)!;
    const over = curve?.scores.some(({ run }) => run.outcome !== null);
    const needed = paperStep(paperRow) ?? decidedBy(paperRow);
    return {
      runs: runsOf(curve),
      run: curve !== null,
      comparable: over === true && (learned === true || watched[0] >= needed),
      unavailable: false,
    };
  };
  const searchItem = (row: Row): Item => {
    const own = selections.filter(({ config }) => row.matches(config));
    return {
      runs: [],
      run: own.length > 0,
      comparable: own.some(({ final, complete }) => final && complete),
      unavailable: false,
    };
  };
  const dataItem = (row: Row, task: string): Item => {
    const matching = runs.filter(({ config }) => row.matches(config));
    const onOwn = (config: RunConfig) => datasetOf(config).name === paperData[task];
    const curves = curvesOf(matching, row.measure);
    return {
      runs: curves.flatMap(runsOf),
      run: curves.length > 0,
      comparable:
        curvesOf(
          matching.filter(({ config }) => onOwn(config)),
          row.measure,
        ).length > 0,
      unavailable: !matching.some(({ config }) => onOwn(config)),
    };
  };
  return [
    count('figure-2', 'Figure 2', figure2Rows.map(figureItem)),
    count('figure-3', 'Figure 3', figure3Rows.map(figureItem)),
    count('table-1', 'Table 1', figure2Rows.map(searchItem)),
    count('table-2', 'Table 2', figure3Rows.map(searchItem)),
    count(
      'table-3',
      'Table 3',
      languageModelRows.map((row) => dataItem(row, 'language_model')),
    ),
    count(
      'table-4',
      'Table 4',
      speechRows.map((row) => dataItem(row, 'phone_frames')),
    ),
  ];
}

function runsOf(curve: Curve | null): RunRecord[] {
  return curve === null ? [] : [...curve.scores, ...curve.unfinished].map(({ run }) => run);
}

function count(id: string, title: string, items: readonly Item[]): Coverage {
  const number = (is: (item: Item) => boolean) => items.filter(is).length;
  return {
    id,
    title,
    total: items.length,
    run: number(({ run }) => run),
    comparable: number(({ comparable }) => comparable),
    verified: number(({ runs }) => runs.length > 0 && runs.every(hasCurrentNumerics)),
    unavailable: number(({ unavailable }) => unavailable),
  };
}

export function totalCoverage(parts: readonly Coverage[]): Coverage {
  const sum = (key: 'total' | 'run' | 'comparable' | 'verified' | 'unavailable') =>
    parts.reduce((total, part) => total + part[key], 0);
  return {
    id: 'all',
    title: 'All',
    total: sum('total'),
    run: sum('run'),
    comparable: sum('comparable'),
    verified: sum('verified'),
    unavailable: sum('unavailable'),
  };
}
