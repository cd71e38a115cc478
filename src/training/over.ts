import type { Config } from '../config/schema.ts';
import { readResultRows } from './results.ts';
import type { Outcome } from './run-directory.ts';
import { hasStopped } from './stop-rule.ts';

/**
 * Whether a run that ended so has nothing left to do under a length and a stop rule, which may not be those that it ended
 * under. A longer or more patient one continues it; what has diverged stays so.
 */
export function isOver(
  directory: string,
  outcome: Outcome,
  { steps, stop }: { readonly steps: number; readonly stop: Config['stop'] },
): boolean {
  if (outcome.status === 'diverged' || outcome.step >= steps) return true;
  return stop !== null && hasStopped(stop, readResultRows(directory));
}
