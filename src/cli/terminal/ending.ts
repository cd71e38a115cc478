import type { Config } from '../../config/schema.ts';

type StopRule = NonNullable<Config['stop']>;

/** What ends a run before its last step: `ends at valid_mse < 0.01, four times`. */
export function describeEnding(stop: StopRule): string {
  const { patience, extra_steps: extra } = stop;
  const mark = markOf(stop);
  const more = extra > 0 ? `, and ${extra.toLocaleString('en')} steps more` : '';
  const solved = mark === null ? [] : [`at ${stop.metric} ${mark}${times(stop.evaluations)}${more}`];
  const stale = patience === null ? [] : [`after ${plural(patience)} without a better ${stop.metric}`];
  return `ends ${[...solved, ...stale].join(', or ')}`;
}

/** The same where room is short: `ends at < 0.01, 4x`. */
export function describeEndingShortly(stop: StopRule): string {
  const mark = markOf(stop);
  if (mark === null) return `ends after ${stop.patience} no better`;
  return `ends at ${mark}${stop.evaluations > 1 ? `, ${stop.evaluations}x` : ''}`;
}

function markOf({ below, above }: StopRule): string | null {
  if (below !== undefined) return `< ${below}`;
  return above === undefined ? null : `> ${above}`;
}

const words = ['', '', ', twice', ', three times', ', four times', ', five times', ', six times'];

function times(count: number): string {
  return words[count] ?? `, ${count} times`;
}

function plural(evaluations: number): string {
  return evaluations === 1 ? 'an evaluation' : `${evaluations} evaluations`;
}
