import { replaceFile } from '../support/atomic-file.ts';
import { csvCell } from '../support/csv.ts';
import { runConfig, type sweepPaths } from './manifest.ts';
import { type GroupStanding, type SweepStatus, standingJson } from './status.ts';

/**
 * Writes what a sweep has found into its folder: runs.csv, a row a run, for people and plots, and selection.json, the best
 * combination of each group with its whole config, which reports show beside the paper's choice. Sweeps read neither.
 */
export function publish(paths: ReturnType<typeof sweepPaths>, status: SweepStatus): void {
  const { sweep, runs, counts, complete, standings } = status;
  const keys = [...new Set(sweep.runs.flatMap(({ settings }) => Object.keys(settings)))];
  const tests = [...new Set(runs.flatMap(({ observation }) => Object.keys(observation.score?.test ?? {})))];
  const metric = sweep.select?.metric;
  const header = [
    'run',
    ...keys,
    'seed',
    'state',
    'outcome',
    'step',
    ...(metric ? [metric, ...tests, 'score_step'] : []),
  ];
  const configOf = ({ best }: GroupStanding) =>
    best === null ? null : runConfig(paths.manifest, sweep.text, best.runs[0]!.index);
  const rows = runs.map(({ run, state, observation: { outcome, step, score } }) => [
    run.run,
    ...keys.map((key) => run.settings[key]),
    run.seed,
    state,
    outcome,
    step,
    ...(metric ? [score?.value, ...tests.map((name) => score?.test[name]), score?.step] : []),
  ]);
  replaceFile(paths.table, [header, ...rows].map((cells) => `${cells.map(cellOf).join(',')}\n`).join(''));
  const selection = {
    sweep: sweep.name,
    select: sweep.select,
    halving: sweep.halving,
    complete,
    counts,
    groups: standings.map((standing) => ({ ...standingJson(standing), config: configOf(standing) })),
  };
  replaceFile(paths.selection, `${JSON.stringify(selection, null, 2)}\n`);
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return csvCell(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
