import type { CsvRow } from '../../../support/csv.ts';
import { printable } from '../../../support/printable.ts';
import { checkpointSteps } from '../../../training/checkpoint.ts';
import { type Meta, readMeta } from '../../../training/meta.ts';
import { newestScores, readRunFiles, readTimes } from '../../../training/results.ts';
import { summariseRun } from '../../../training/run-directory.ts';
import { formatDuration, formatRate } from '../../terminal/duration.ts';
import { formatNewest, formatScore, formatScores } from '../../terminal/score.ts';
import { formatTable } from '../../terminal/table.ts';

/** How many of the newest metrics rows to show. */
const ROWS = 10;

/** Everything a reader asks of a run directory, as text or JSON. Throws UserError (66) if it is not one. */
export function describeRunDirectory(directory: string, json: boolean): string {
  const summary = summariseRun(directory);
  const meta = readMeta(directory);
  const checkpoints = checkpointSteps(directory);
  const { config, rows: metrics } = readRunFiles(directory);
  const timing = readTimes(directory).at(-1);
  if (json) return `${JSON.stringify({ ...summary, checkpoints, meta, metrics, timing }, null, 2)}\n`;

  const seconds = (timing?.training_seconds ?? 0) + (timing?.evaluation_seconds ?? 0);
  const { metrics: scores = {}, best } = summary.outcome ?? {};
  const newest = summary.outcome === null ? newestScores(directory) : null;
  const pace = (timing?.step ?? 0) / (timing?.training_seconds ?? 0);
  const facts: [string, string][] = [
    ['run', directory],
    ['status', `${summary.status} at step ${summary.step}`],
    ['scores', (newest === null ? formatScores(scores) : formatNewest(newest)) || '-'],
    ...(best ? [['best', `${formatScores(best.metrics)} at step ${best.step}`] as [string, string]] : []),
    ['time', `${formatDuration(seconds)} (evaluations ${formatDuration(timing?.evaluation_seconds ?? 0)})`],
    ['speed', Number.isFinite(pace) ? formatRate(pace) : '-'],
    ['checkpoints', checkpoints.join(', ') || '-'],
    ...(meta ? metaFacts(meta) : []),
  ];
  return `${formatTable(null, facts)}\n${printable(config)}\n${formatRows(metrics.slice(-ROWS))}`;
}

function metaFacts({ parameters, engine, sessions, data_note: note }: Meta): [string, string][] {
  const last = sessions.at(-1);
  const commit = last?.git
    ? `${last.git.commit.slice(0, 12)}${last.git.dirty ? ' (modified)' : ''}`
    : 'not a checkout';
  return [
    ...(note ? [['data', note] as [string, string]] : []),
    ['parameters', String(parameters)],
    ['engine', `${engine.engine}, ${engine.instructionSet}`],
    ['sessions', `${sessions.length}, last started ${last?.started}`],
    ['code', `${commit}, Node ${last?.node}`],
    ['hardware', last?.cpu ?? '-'],
  ];
}

function formatRows(rows: readonly CsvRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return 'no metrics yet\n';
  return formatTable(
    columns,
    rows.map((row) => columns.map((column) => (row[column] == null ? '' : formatScore(row[column])))),
  );
}
