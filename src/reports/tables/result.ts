import type { Row } from '../benchmarks.ts';
import { commandFor, commandOf } from '../commands.ts';
import { type Curve, curvesOf } from '../curve.ts';
import {
  formatDifference,
  formatDurations,
  formatEstimate,
  formatMinutes,
  formatRange,
  formatShare,
  formatSteps,
  NOTHING,
} from '../format.ts';
import type { RunConfig, RunRecord } from '../run-record.ts';
import { describeSettings } from '../settings.ts';
import { type Estimate, estimate, summariseDurations, wilsonInterval } from '../statistics.ts';

/** What there is for a row of a table: the setting chosen by validation, and how many others were tried. */
export interface Result {
  readonly row: Row;
  readonly curve: Curve | null;
  readonly others: number;
  readonly command: string;
}

export function resultOf(
  row: Row,
  runs: readonly RunRecord[],
  prefer?: (config: RunConfig) => boolean,
): Result {
  const [curve, ...others] = curvesOf(
    runs.filter(({ config }) => row.matches(config)),
    row.measure,
  );
  const command = curve
    ? commandOf([...curve.scores, ...curve.unfinished].map(({ run }) => run))
    : (commandFor(row, prefer) ?? NOTHING);
  return { row, curve: curve ?? null, others: others.length, command };
}

/** The columns that every table shares, after those for the scores. */
export const commonColumns = [
  'diverged',
  'steps',
  'minutes',
  'parameters',
  'settings here',
  'command',
] as const;

export function commonCells({ curve, others, command }: Result): string[] {
  const code = command === NOTHING ? 'no config yet' : `\`${command}\``;
  if (curve === null) return [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, code];
  const { diverged, steps, seconds, parameters } = figuresOf(curve);
  return [
    `${diverged} of ${curve.scores.length}`,
    formatRange([Math.min(...steps), Math.max(...steps)], formatSteps),
    seconds === null ? NOTHING : formatMinutes(seconds.mean),
    parameters === null ? NOTHING : parameters.toLocaleString('en'),
    `${describeSettings(curve.scores[0]!.run.config)}${others > 0 ? `; best of ${others + 1} settings` : ''}`,
    code,
  ];
}

export function commonRecord({ curve, others, command }: Result): Record<string, string | number | null> {
  const figures = curve && figuresOf(curve);
  return {
    seeds: curve?.scores.map(({ run }) => run.seed).join(' ') ?? null,
    unfinished: curve ? curve.unfinished.length + (isUnfinished(curve) ? curve.scores.length : 0) : null,
    diverged: figures?.diverged ?? null,
    steps_min: figures ? Math.min(...figures.steps) : null,
    steps_max: figures ? Math.max(...figures.steps) : null,
    minutes: figures?.seconds ? figures.seconds.mean / 60 : null,
    parameters: figures?.parameters ?? null,
    settings: curve ? describeSettings(curve.scores[0]!.run.config) : null,
    settings_tried: curve ? others + 1 : 0,
    command,
  };
}

function figuresOf({ scores }: Curve) {
  const seconds = scores.flatMap(({ run }) => (run.seconds === null ? [] : [run.seconds]));
  return {
    diverged: scores.filter(({ run }) => run.status === 'diverged').length,
    steps: scores.map(({ run }) => run.lastStep),
    seconds: estimate(seconds),
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

/** Our score, and its difference from the paper's. */
export function scoreCells(curve: Curve | null, ours: (curve: Curve) => Estimate, paper: number): string[] {
  if (curve === null) return [NOTHING, NOTHING];
  const value = ours(curve);
  const unfinished = isUnfinished(curve) ? ', unfinished' : '';
  return [
    `${formatEstimate(value, curve.measure)}${unfinished}`,
    formatDifference(value.mean - paper, curve.measure),
  ];
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
    [`${prefix}_difference`]: value ? value.mean - paper : null,
  };
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
    not_learned_by: summary?.censoredAt ?? null,
  };
}
