import { printable } from '../../../support/printable.ts';
import { describeSettings } from '../../../sweeps/combinations.ts';
import { type GroupStanding, runStates, type SweepStatus } from '../../../sweeps/status.ts';
import { formatDuration } from '../../terminal/duration.ts';
import { formatScore } from '../../terminal/score.ts';
import { formatTable } from '../../terminal/table.ts';

/** Failures that are listed in full; beyond them there is --json. */
const MAX_FAILURES = 20;

/** Where a sweep stands: how many runs are at what, what is left to do, the best of each group, what failed and why. */
export function formatStatus(status: SweepStatus): string {
  const { sweep, runs, counts, failures, complete, standings } = status;
  const states = runStates.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  const blocks = [
    `${sweep.name}: ${runs.length} runs: ${states.join(', ')}${complete ? '' : formatRemaining(status)}\n`,
  ];
  if (standings.some(({ best }) => best !== null))
    blocks.push(formatStandings(sweep.select!.metric, standings));
  for (const { run, failure } of failures.slice(0, MAX_FAILURES)) {
    const log = failure.log === null ? '' : `\n  log: ${failure.log}`;
    blocks.push(`failed (${failure.exit}): ${run.run}\n  ${printable(`${failure.cause}${log}`)}\n`);
  }
  if (failures.length > MAX_FAILURES)
    blocks.push(`... and ${failures.length - MAX_FAILURES} more (--json lists all)\n`);
  return blocks.join('');
}

/** Several sweeps, a row each and their total: runs by state, hours of CPU time so far, and hours left at most. */
export function formatOverview(statuses: readonly SweepStatus[]): string {
  const states = runStates.filter((state) => statuses.some(({ counts }) => counts[state] > 0));
  const hours = (seconds: number) => (Number.isFinite(seconds) ? (seconds / 3600).toFixed(1) : '?');
  const cells = (name: string, members: readonly SweepStatus[]) => {
    const spent = members.flatMap(({ runs }) => runs.map(({ observation }) => observation.cpuSeconds));
    return [
      name,
      ...states.map((state) => sum(members.map(({ counts }) => counts[state]))),
      hours(sum(spent.map((seconds) => seconds ?? Number.NaN))),
      hours(sum(members.map(({ remaining }) => remaining.seconds))),
    ];
  };
  const known = statuses.filter(({ remaining }) => Number.isFinite(remaining.seconds));
  const total = `total${known.length < statuses.length ? ` of ${known.length} with known speed` : ''}`;
  return formatTable(
    ['sweep', ...states, 'CPU h', 'h left, at most'],
    [
      ...statuses.map((status) => cells(status.sweep.name, [status])),
      cells('all', statuses),
      ...(known.length < statuses.length ? [cells(total, known)] : []),
    ],
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** How to read the work that is left: asynchronous halving may start more than it turns out to need. */
export function boundOf({ halving }: SweepStatus['sweep']): string {
  return halving?.asynchronous ? 'about' : 'at most';
}

function formatRemaining({ sweep, counts, remaining }: SweepStatus): string {
  if (remaining.steps === 0) return '';
  const steps = Math.round(remaining.steps).toLocaleString('en');
  if (!Number.isFinite(remaining.seconds)) return `; ${boundOf(sweep)} ${steps} steps to go`;
  const work = `${boundOf(sweep)} ${steps} steps to go, ${formatDuration(remaining.seconds)} for one process`;
  const eta =
    counts.running === 0
      ? ''
      : `, eta ${formatDuration(remaining.seconds / counts.running)} with ${counts.running}`;
  return `; ${work}${eta}`;
}

function formatStandings(metric: string, standings: readonly GroupStanding[]): string {
  const rows = standings
    .filter(({ best }) => best !== null)
    .map(({ group, final, best }) => {
      const { runs, mean, deviation, scores, solved } = best!;
      const spread = deviation === null ? '' : ` ± ${formatScore(deviation)}`;
      const steps = scores.map((score) => score!.step).join(', ');
      return [
        group || 'all',
        describeSettings(runs[0]!.settings),
        `${formatScore(mean)}${spread} (n=${runs.length})`,
        solved === 0
          ? steps
          : `${steps} (solved${solved < runs.length ? ` ${solved} of ${runs.length}` : ''})`,
        final ? '' : 'so far',
      ];
    });
  return formatTable(['best of', 'settings', metric, 'at step', ''], rows);
}
