import { type Curve, curvesOf } from '../curve.ts';
import {
  formatDifference,
  formatDurations,
  formatEstimate,
  formatHours,
  formatMinutes,
  formatRange,
  formatShare,
  formatSteps,
  NOTHING,
} from '../format.ts';
import type { Row } from '../paper/rows.ts';
import type { Selection } from '../paper/selections.ts';
import { commandFor, commandOf } from '../rerun.ts';
import type { RunConfig, RunRecord } from '../run-record.ts';
import { settingsInWords, settingsKey } from '../run-settings.ts';
import { type Estimate, estimate, summariseDurations, wilsonInterval } from '../statistics.ts';

/** What there is for a row of a table: the setting chosen by validation, and how many others were tried. */
export interface Result {
  readonly row: Row;
  readonly curve: Curve | null;
  readonly others: number;
  /** Settings tried for the row: those of the runs, and all combinations of its grid searches. */
  readonly tried: number;
  readonly command: string;
}

export function resultOf(
  row: Row,
  runs: readonly RunRecord[],
  prefer?: (config: RunConfig) => boolean,
  selections: readonly Selection[] = [],
): Result {
  const [curve, ...others] = curvesOf(
    runs.filter(({ config }) => row.matches(config)),
    row.measure,
  );
  const command = curve
    ? commandOf([...curve.scores, ...curve.unfinished].map(({ run }) => run))
    : (commandFor(row, prefer) ?? NOTHING);
  const searches = selections.filter(({ config }) => row.matches(config));
  const chosen = new Set(searches.map(({ config }) => settingsKey(config)));
  const apart = [curve, ...others].filter(
    (each) => each !== undefined && !chosen.has(settingsKey(each.scores[0]!.run.config)),
  );
  const tried = apart.length + searches.reduce((sum, { combinations }) => sum + combinations, 0);
  return { row, curve: curve ?? null, others: others.length, tried, command };
}

/** The columns that every table shares, after those for the scores. */
export const commonColumns = [
  'diverged',
  'steps',
  'core-hours',
  'minutes',
  'parameters',
  'settings here',
  'command',
] as const;

export function commonCells({ curve, others, command }: Result): string[] {
  const code = command === NOTHING ? 'no config yet' : `\`${command}\``;
  if (curve === null) return [...commonColumns.slice(1).map(() => NOTHING), code];
  const { diverged, steps, seconds, cpuSeconds, parameters } = figuresOf(curve);
  return [
    `${diverged} of ${curve.scores.length}`,
    formatRange([Math.min(...steps), Math.max(...steps)], formatSteps),
    cpuSeconds === null ? NOTHING : formatHours(cpuSeconds),
    seconds === null ? NOTHING : formatMinutes(seconds.mean),
    parameters === null ? NOTHING : parameters.toLocaleString('en'),
    `${settingsInWords(curve.scores[0]!.run.config)}${others > 0 ? `; best of ${others + 1} settings` : ''}`,
    code,
  ];
}

export function commonRecord({ curve, tried, command }: Result): Record<string, string | number | null> {
  const figures = curve && figuresOf(curve);
  return {
    seeds: curve?.scores.map(({ run }) => run.seed).join(' ') ?? null,
    unfinished: curve ? curve.unfinished.length + (isUnfinished(curve) ? curve.scores.length : 0) : null,
    diverged: figures?.diverged ?? null,
    steps_min: figures ? Math.min(...figures.steps) : null,
    steps_max: figures ? Math.max(...figures.steps) : null,
    core_hours: figures?.cpuSeconds ? figures.cpuSeconds / 3600 : null,
    minutes: figures?.seconds ? figures.seconds.mean / 60 : null,
    parameters: figures?.parameters ?? null,
    settings: curve ? settingsInWords(curve.scores[0]!.run.config) : null,
    settings_tried: tried,
    command,
  };
}

function figuresOf({ scores }: Curve) {
  const cpu = scores.flatMap(({ run }) => (run.cpuSeconds === null ? [] : [run.cpuSeconds]));
  const seconds = scores.flatMap(({ run }) => (run.seconds === null ? [] : [run.seconds]));
  return {
    diverged: scores.filter(({ run }) => run.status === 'diverged').length,
    steps: scores.map(({ run }) => run.lastStep),
    seconds: estimate(seconds),
    // Of all runs together; of some of them it would mislead.
    cpuSeconds: cpu.length === scores.length ? cpu.reduce((sum, value) => sum + value, 0) : null,
    parameters: scores[0]!.run.meta?.parameters ?? null,
  };
}

/** No run of the curve is over. */
function isUnfinished({ scores }: Curve): boolean {
  return scores.every(({ run }) => run.outcome === null);
}

/** The test scores at the evaluations that validation chose. */
export function testEstimate({ scores }: Curve): Estimate {
  return estimate(scores.map(({ test }) => test))!;
}

export function validEstimate({ scores }: Curve): Estimate {
  return estimate(scores.map(({ valid }) => valid))!;
}

/** Another column of metrics.csv at the evaluations that validation chose; null if not every run has it. */
export function estimateOf({ scores }: Curve, column: string): Estimate | null {
  const values = scores.flatMap(({ run, step }) => {
    const value = run.metrics.find((row) => row.step === step)?.[column];
    return typeof value === 'number' ? [value] : [];
  });
  return values.length < scores.length ? null : estimate(values);
}

/** Our score, marked where no run is over. */
export function scoreCell(curve: Curve | null, ours: (curve: Curve) => Estimate): string {
  if (curve === null) return NOTHING;
  return `${formatEstimate(ours(curve), curve.measure)}${isUnfinished(curve) ? ', unfinished' : ''}`;
}

/** Our score minus the paper's, of scores that are chosen alike. */
export function differenceCell(curve: Curve | null, ours: (curve: Curve) => Estimate, paper: number): string {
  return curve === null ? NOTHING : formatDifference(ours(curve).mean - paper, curve.measure);
}

export function scoreRecord(
  prefix: string,
  curve: Curve | null,
  ours: (curve: Curve) => Estimate,
  paper: number,
): Record<string, number | null> {
  const value = curve && ours(curve);
  return {
    [`${prefix}_paper`]: paper,
    [`${prefix}_mean`]: value?.mean ?? null,
    [`${prefix}_sd`]: value?.sd ?? null,
    [`${prefix}_n`]: value?.n ?? 0,
  };
}

/** The share of test scores that stayed beyond the mark once one was, averaged over the runs that got there. */
function stayedOf(curve: Curve | null): number | null {
  const shares = curve?.scores.flatMap(({ stayed }) => stayed ?? []) ?? [];
  return estimate(shares)?.mean ?? null;
}

export function stayedCell(curve: Curve | null): string {
  const share = stayedOf(curve);
  return share === null ? NOTHING : `${Math.round(share * 100)} %`;
}

/** When the test score first passed the measure's threshold, and how many runs did. */
export function learnedCells(curve: Curve | null): [when: string, share: string] {
  if (curve === null) return [NOTHING, NOTHING];
  const summary = summariseDurations(curve.scores.map(({ learned }) => learned!));
  return [formatDurations(summary), formatShare(summary.reached, summary.n)];
}

export function learnedRecord(curve: Curve | null): Record<string, number | null> {
  const summary = curve && summariseDurations(curve.scores.map(({ learned }) => learned!));
  const interval = summary && wilsonInterval(summary.reached, summary.n);
  return {
    learned: summary?.reached ?? null,
    learned_of: summary?.n ?? 0,
    learned_low: interval?.[0] ?? null,
    learned_high: interval?.[1] ?? null,
    learned_step_median: summary?.median ?? null,
    learned_step_first: summary?.range?.[0] ?? null,
    learned_step_last: summary?.range?.[1] ?? null,
    stayed_learned: stayedOf(curve),
    not_learned_by: summary?.censoredAt ?? null,
  };
}
