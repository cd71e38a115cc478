/** Statistics over the seeds of one setting. */

/** Mean and sample standard deviation (n - 1 in the denominator; null of a single value) of n values. */
export interface Estimate {
  readonly mean: number;
  readonly sd: number | null;
  readonly n: number;
}

/** Null of no values. A value that is not finite makes the mean and the deviation so. */
export function estimate(values: readonly number[]): Estimate | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, sd: null, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (n - 1)), n };
}

/**
 * When a run first met a condition, or, if it never did, the step up to which it was watched: it may or may not
 * have met the condition later (right-censored).
 */
export type Duration =
  | { readonly reached: true; readonly step: number }
  | { readonly reached: false; readonly watched: number };

/** The first step of (step, value) points, ordered by step, whose value satisfies the condition. */
export function firstStep(
  points: readonly (readonly [step: number, value: number])[],
  condition: (value: number) => boolean,
): Duration {
  const hit = points.find(([, value]) => condition(value));
  return hit ? { reached: true, step: hit[0] } : { reached: false, watched: points.at(-1)?.[0] ?? 0 };
}

export interface DurationSummary {
  readonly reached: number;
  readonly n: number;
  /**
   * The middle step (lower and upper median averaged), censored runs counting as later than all others;
   * null if the middle falls among the censored.
   */
  readonly median: number | null;
  /** First and last of the steps at which runs did meet the condition; null if none did. */
  readonly range: readonly [number, number] | null;
  /** The shortest time that a run which never met the condition was watched; null if there is none. */
  readonly censoredAt: number | null;
}

export function summariseDurations(durations: readonly Duration[]): DurationSummary {
  const steps = durations.flatMap((d) => (d.reached ? [d.step] : [])).sort((a, b) => a - b);
  const watched = durations.flatMap((d) => (d.reached ? [] : [d.watched]));
  const n = durations.length;
  const [lower, upper] = [steps[(n - 1) >> 1], steps[n >> 1]];
  return {
    reached: steps.length,
    n,
    median: lower === undefined || upper === undefined ? null : (lower + upper) / 2,
    range: steps.length === 0 ? null : [steps[0]!, steps.at(-1)!],
    censoredAt: watched.length === 0 ? null : Math.min(...watched),
  };
}

/** A step curve: from `step` on, this share of the runs had met the condition. */
export interface SharePoint {
  readonly step: number;
  readonly share: number;
}

/**
 * Kaplan & Meier's estimate (J. Am. Stat. Assoc. 53, 1958) of the share of runs that have met a condition by each step:
 * one minus the product over steps of (1 - met / still watched). A run that was watched up to a step counts as watched at it.
 * Starts at (0, 0) and ends at the last step that any run was watched.
 */
export function kaplanMeier(durations: readonly Duration[]): SharePoint[] {
  const times = durations.map((d) => (d.reached ? d.step : d.watched));
  const points: SharePoint[] = [{ step: 0, share: 0 }];
  let waiting = 1;
  for (const step of [...new Set(durations.flatMap((d) => (d.reached ? [d.step] : [])))].sort(
    (a, b) => a - b,
  )) {
    const met = durations.filter((d) => d.reached && d.step === step).length;
    waiting *= 1 - met / times.filter((time) => time >= step).length;
    points.push({ step, share: 1 - waiting });
  }
  const end = Math.max(0, ...times);
  if (end > points.at(-1)!.step) points.push({ step: end, share: 1 - waiting });
  return points;
}

/** The two-sided 95 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * Wilson's 95 % score interval for a success probability after `successes` of `n` trials
 * (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927). Throws RangeError unless 0 <= successes <= n and n >= 1.
 */
export function wilsonInterval(successes: number, n: number): readonly [low: number, high: number] {
  if (!(n >= 1 && successes >= 0 && successes <= n)) throw new RangeError(`${successes} of ${n}`);
  const p = successes / n;
  const centre = p + Z ** 2 / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  // The formula gives exactly 0 and 1 at the ends; rounding does not.
  return [
    successes === 0 ? 0 : (centre - half) / scale,
    successes === n ? 1 : Math.min(1, (centre + half) / scale),
  ];
}
