import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chooseColumn } from '../../../reports/compare.ts';
import { findRunRecords } from '../../../reports/find-runs.ts';
import { formatSteps } from '../../../reports/format.ts';
import { type RunRecord, readRun, setting } from '../../../reports/run-record.ts';
import { readManifest } from '../../../sweeps/manifest.ts';
import { sweepStatus } from '../../../sweeps/status.ts';
import { isRunDirectory } from '../../../training/run-directory.ts';
import { pause, StopRequest } from '../../../training/signals.ts';
import type { LogOption } from '../../options.ts';
import { drawInTerminal } from '../../terminal/draw.ts';
import { formatScore } from '../../terminal/score.ts';
import { formatTable } from '../../terminal/table.ts';

export interface WatchOptions {
  readonly metric: string | undefined;
  /** Seconds between looks. */
  readonly interval: number;
  /** Logarithmic axes. */
  readonly log: LogOption['log'];
}

/** With more lines than this a chart cannot be read: then only the runs that got furthest are drawn. */
const MOST_LINES = 6;
const MOST_ROWS = 20;
const CLEAR = '\u001b[H\u001b[2J';

/**
 * Follows a run, all runs of a sweep, or all runs under a folder, until every one is over (in a sweep also: has failed, or was
 * given up by halving) or the reader presses Ctrl-C. On a terminal the picture is drawn anew at each look; elsewhere there is one line
 * for each evaluation. It only reads. Throws UserError: 66 if there is nothing there, 65 for a damaged manifest.
 */
export async function watch(target: string, { metric, interval, log }: WatchOptions): Promise<void> {
  const stopRequest = new StopRequest();
  const told = new Map<string, string>();
  let idleLooks = 0;
  try {
    for (;;) {
      const { runs, waiting, over } = look(target);
      if (process.stdout.isTTY) process.stdout.write(`${CLEAR}${await picture(runs, waiting, metric, log)}`);
      else process.stdout.write(news(runs, metric, told));
      // At two looks in a row: a sweep that goes from one run to the next trains none for a moment.
      idleLooks = !over && isIdle(runs) ? idleLooks + 1 : 0;
      if (idleLooks === 2 && !process.stdout.isTTY) process.stderr.write(`irnn-run: ${idleness(runs)}`);
      if (over || stopRequest.exitCode !== null) return;
      await pause(interval, stopRequest);
    }
  } finally {
    stopRequest.dispose();
  }
}

interface Look {
  /** Those that have begun. */
  readonly runs: readonly RunRecord[];
  /** Runs of a sweep that have not. */
  readonly waiting: number;
  readonly over: boolean;
}

function look(target: string): Look {
  const manifest = target.endsWith('.jsonl') ? target : join(target, 'manifest.jsonl');
  if (existsSync(manifest)) return lookAtSweep(manifest);
  // A folder's damaged runs are named by `list`; a run that is watched alone is refused if it is one.
  const runs = isRunDirectory(target) ? [readRun(target)] : findRunRecords([target], () => {});
  return { runs, waiting: 0, over: runs.length > 0 && runs.every(({ outcome }) => outcome !== null) };
}

function lookAtSweep(manifest: string): Look {
  const [root, sweep] = [join(dirname(manifest), '..'), readManifest(manifest)];
  const { counts } = sweepStatus(root, sweep);
  const begun = sweep.runs.map(({ run }) => join(root, run)).filter(isRunDirectory);
  return {
    runs: begun.map(readRun),
    waiting: sweep.runs.length - begun.length,
    over: counts.running + counts.waiting === 0,
  };
}

/** Some run is not over, and no process works on any. */
function isIdle(runs: readonly RunRecord[]): boolean {
  return runs.some(({ outcome }) => outcome === null) && runs.every(({ status }) => status !== 'running');
}

function idleness(runs: readonly RunRecord[]): string {
  const [first, ...others] = runs.filter(({ outcome }) => outcome === null);
  const which = others.length === 0 ? first!.name : `any of ${others.length + 1} runs that are not over`;
  return `nobody trains ${which} at the moment; its command continues it, Ctrl-C ends this\n`;
}

async function picture(
  runs: readonly RunRecord[],
  waiting: number,
  metric: string | undefined,
  log: LogOption['log'],
): Promise<string> {
  if (runs.length === 0) return 'no runs yet\n';
  const column = chooseColumn(runs, metric);
  const furthest = [...runs].sort((a, b) => b.lastStep - a.lastStep).slice(0, MOST_LINES);
  const active = runs.filter(({ outcome }) => outcome === null);
  const listed = [...active, ...runs.filter(({ outcome }) => outcome !== null)].slice(0, MOST_ROWS);
  const counts = new Map<string, number>();
  for (const { status } of runs) counts.set(status, (counts.get(status) ?? 0) + 1);
  if (waiting > 0) counts.set('waiting', waiting);
  const summary = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
  const table = formatTable(
    ['run', 'status', 'step', 'of', column],
    listed.map((run) => [
      run.name,
      run.status,
      formatSteps(run.lastStep),
      formatSteps(stepsOf(run)),
      latest(run, column),
    ]),
  );
  const hidden = runs.length - listed.length;
  return [
    `${runs.length === 1 && waiting === 0 ? runs[0]!.name : `${runs.length + waiting} runs: ${summary}`}\n\n`,
    await drawInTerminal(furthest, [column], log),
    `\n${table}`,
    hidden > 0 ? `and ${hidden} more\n` : '',
    isIdle(runs) ? `\n${idleness(runs)}` : '',
  ].join('');
}

/** A line for each run with a new row or status. */
function news(runs: readonly RunRecord[], metric: string | undefined, told: Map<string, string>): string {
  return runs
    .map((run) => {
      const column = chooseColumn(run.metrics.length === 0 ? runs : [run], metric);
      const line = `${run.name}: ${run.status}, step ${run.lastStep}/${stepsOf(run)}, ${column} ${latest(run, column)}\n`;
      if (told.get(run.name) === line) return '';
      told.set(run.name, line);
      return line;
    })
    .join('');
}

function stepsOf({ config }: RunRecord): number {
  return setting<number>(config, 'training.steps', 0);
}

function latest({ metrics }: RunRecord, column: string): string {
  const value = metrics.at(-1)?.[column];
  return value === null || value === undefined ? '-' : formatScore(value);
}
