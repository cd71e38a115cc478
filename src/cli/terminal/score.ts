/** A score with four significant digits; text (NaN, Infinity) as it is. */
export function formatScore(value: number | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
}

/** Scores by name, one after the other: `valid_mse 0.0079, test_mse 0.008`. */
export function formatScores(scores: Readonly<Record<string, number | string>>): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${formatScore(value)}`)
    .join(', ');
}

/** Scores so far: `valid_mse 0.0079, test_mse 0.008 at step 5000`. */
export function formatNewest({
  step,
  metrics,
}: {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number | string>>;
}): string {
  return `${formatScores(metrics)} at step ${step}`;
}
