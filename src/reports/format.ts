import type { Measure } from './measures.ts';
import type { Certainty, Fact } from './paper/facts.ts';
import { type DurationSummary, type Estimate, wilsonInterval } from './statistics.ts';

/** Follows every value of the paper that was recalled and not checked; the notes of each table say so. */
export const UNVERIFIED = '†';
/** Follows a value of the paper that other people's code or notes state. */
export const REPORTED = '‡';
/** An empty cell of a table. */
export const NOTHING = '';
/** Where a number would mean nothing. */
export const NONE = '–';

/** A score in the measure's unit: `89.1 %`, `0.00605`, `68.8`. */
export function formatValue(value: number, { printed }: Measure): string {
  if (!Number.isFinite(value)) return String(value);
  if (printed === 'percent') return `${(value * 100).toFixed(1)} %`;
  return printed === 'significant' ? significant(value, 3) : value.toFixed(1);
}

/** A score of the paper, with the digits it was read with. */
export function formatPaper(value: number, measure: Measure): string {
  return measure.printed === 'significant' ? String(value) : formatValue(value, measure);
}

/** `89.1 ± 0.4 % (n = 3)`; without a deviation where there is one run. */
export function formatEstimate({ mean, sd, n }: Estimate, measure: Measure): string {
  const count = `(n = ${n})`;
  const value = formatValue(mean, measure);
  if (sd === null) return `${value} ${count}`;
  if (measure.printed === 'percent')
    return `${(mean * 100).toFixed(1)} ± ${(sd * 100).toFixed(1)} % ${count}`;
  return measure.printed === 'significant'
    ? `${value} ± ${significant(sd, 2)} ${count}`
    : `${value} ± ${sd.toFixed(1)} ${count}`;
}

/** Ours minus the paper's, with its sign; percentages differ by points. */
export function formatDifference(difference: number, { printed }: Measure): string {
  if (!Number.isFinite(difference)) return NOTHING;
  const sign = difference < 0 ? '−' : '+';
  const size = Math.abs(difference);
  if (printed === 'percent') return `${sign}${(size * 100).toFixed(1)} points`;
  return `${sign}${printed === 'significant' ? significant(size, 2) : size.toFixed(1)}`;
}

/** A count of steps: `500`, `85 k`, `3.57 M`. */
export function formatSteps(steps: number): string {
  if (steps >= 1e6) return `${trim((steps / 1e6).toFixed(2))} M`;
  if (steps >= 1e4) return `${trim((steps / 1e3).toFixed(1))} k`;
  return steps >= 1e3 ? `${trim((steps / 1e3).toFixed(2))} k` : String(steps);
}

export function formatRange(
  [low, high]: readonly [number, number],
  format: (value: number) => string,
): string {
  const [first, last] = [format(low), format(high)];
  if (first === last) return first;
  const [, unit] = last.split(' ');
  return unit !== undefined && first.endsWith(` ${unit}`)
    ? `${first.slice(0, -unit.length - 1)}–${last}`
    : `${first}–${last}`;
}

/** `85 k (75–85 k, 3 of 3)`, or `1 of 3 (90 k), median beyond 1 M`, or `not by 300 k (0 of 1)`. */
export function formatDurations({ median, range, reached, n, censoredAt }: DurationSummary): string {
  const share = `${reached} of ${n}`;
  if (range === null) return `not by ${formatSteps(censoredAt ?? 0)} (${share})`;
  const spread = formatRange(range, formatSteps);
  const late = censoredAt === null ? '' : `, else not by ${formatSteps(censoredAt)}`;
  if (median === null) return `${spread} (${share}${late})`;
  return n === 1
    ? `${formatSteps(median)} (${share})`
    : `${formatSteps(median)} (${spread}, ${share}${late})`;
}

/** `3 of 3 (44–100 %)`, with Wilson's 95 % interval. */
export function formatShare(successes: number, n: number): string {
  const [low, high] = wilsonInterval(successes, n).map((p) => Math.round(p * 100));
  return `${successes} of ${n} (${low}–${high} %)`;
}

/** A number of the paper as text, marked unless it was seen in the paper. */
export function formatFact(
  { value, sure }: Fact<number>,
  format: (value: number) => string = String,
): string {
  return `${format(value)}${markOf(sure)}`;
}

function markOf(sure: Certainty): string {
  if (sure === 'recalled') return UNVERIFIED;
  return sure === 'reported' ? REPORTED : '';
}

/** CPU time in hours of one core. */
export function formatHours(seconds: number): string {
  return (seconds / 3600).toPrecision(2);
}

export function formatMinutes(seconds: number): string {
  const minutes = seconds / 60;
  return minutes < 10 ? minutes.toFixed(1) : String(Math.round(minutes));
}

/** With its zeros, so that 0.00500 says how well it is known. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 1e-6 && Math.abs(value) < 1e6
    ? value.toPrecision(digits)
    : value.toExponential(digits - 1);
}

/** Without trailing zeros after the point. */
function trim(text: string): string {
  return text.replace(/\.?0+$/, '');
}
