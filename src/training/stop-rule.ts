import { higherIsBetter } from '../config/cross-checks.ts';
import type { Config } from '../config/schema.ts';
import type { LoopState } from './state.ts';

/**
 * What an evaluation means to the stop rule: whether it satisfies it, and whether it is the best so far. A score that is
 * missing or NaN is neither. Returns true if the rule has patience and this is a new best, whose checkpoint is to be kept.
 */
export function judge(
  stop: Config['stop'],
  state: LoopState,
  scores: Readonly<Record<string, number | null>>,
): boolean {
  if (stop === null) return false;
  const score = scores[stop.metric] ?? Number.NaN;
  state.satisfied = satisfies(stop, score) ? state.satisfied + 1 : 0;
  if (stop.patience === null) return false;
  const isBest = Number.isFinite(score) && (state.best === null || isBetter(stop, score, state.best.score));
  if (isBest) state.best = { step: state.step, score };
  state.stale = isBest ? 0 : state.stale + 1;
  return isBest;
}

/** Whether the rule ends the run now, and as what. */
export function verdict(
  stop: Config['stop'],
  { satisfied, stale }: LoopState,
): 'solved' | 'stopped early' | null {
  if (stop === null) return null;
  if (satisfied >= stop.evaluations) return 'solved';
  return stop.patience !== null && stale >= stop.patience ? 'stopped early' : null;
}

function satisfies({ below, above }: NonNullable<Config['stop']>, score: number): boolean {
  return (below !== undefined && score < below) || (above !== undefined && score > above);
}

function isBetter({ metric }: NonNullable<Config['stop']>, score: number, best: number): boolean {
  return higherIsBetter(metric) ? score > best : score < best;
}
