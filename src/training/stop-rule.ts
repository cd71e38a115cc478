import type { Config } from '../config/schema.ts';

/** Whether one evaluation satisfies the stop rule. Never true of a score that is missing or NaN. */
export function satisfies(stop: Config['stop'], scores: Readonly<Record<string, number | null>>): boolean {
  const score = stop === null ? null : (scores[stop.metric] ?? null);
  if (stop === null || score === null) return false;
  return stop.below !== undefined ? score < stop.below : score > stop.above!;
}
