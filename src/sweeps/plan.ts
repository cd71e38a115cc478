import { groupBy } from '../support/group-by.ts';
import type { Sweep, SweepRun } from './manifest.ts';
import type { Observation } from './observe.ts';
import { rank } from './ranking.ts';

/** What happens to a run next. */
export type Plan =
  /** It is finished, solved or diverged. */
  | { readonly kind: 'over' }
  /** Others were better at this rung (from 0): it stays where it is. */
  | { readonly kind: 'dropped'; readonly rung: number }
  /** To be brought to this rung; the last "rung" is the run's own end, and `until` then undefined. */
  | { readonly kind: 'ready'; readonly rung: number; readonly until: number | undefined }
  /** It has reached this rung, and others it is compared with have not. */
  | { readonly kind: 'blocked'; readonly rung: number }
  | { readonly kind: 'failed' };

/**
 * Decides from the run directories alone what happens to each run next, so that any process, at any time, comes to
 * the same decision: a score at a rung does not change any more once the run has passed it.
 */
export function planSweep(sweep: Sweep, observe: (run: SweepRun) => Observation): Plan[] {
  const plans = new Array<Plan>(sweep.runs.length);
  for (const group of groupsOf(sweep).values()) {
    for (const [run, plan] of planGroup(sweep, group, observe)) plans[run.index] = plan;
  }
  return plans;
}

/** Runs that are compared with each other. */
export function groupsOf({ runs }: Sweep): Map<string, SweepRun[]> {
  return groupBy(runs, ({ group }) => group);
}

/** Plans the runs of one group. */
function planGroup(
  sweep: Sweep,
  group: readonly SweepRun[],
  observe: (run: SweepRun) => Observation,
): Map<SweepRun, Plan> {
  const plans = new Map<SweepRun, Plan>();
  let entrants = group;
  for (const [rung, until] of (sweep.halving?.rungs ?? []).entries()) {
    const waiting = entrants.filter((run) => !hasReached(observe(run), rung));
    for (const run of entrants) {
      plans.set(run, endOf(observe(run)) ?? { kind: 'blocked', rung });
    }
    for (const run of waiting) plans.set(run, { kind: 'ready', rung, until });
    if (waiting.length > 0) return plans;
    const survivors = survivorsOf(sweep, entrants, observe, rung);
    const goOn = new Set(survivors);
    for (const run of entrants) {
      if (!goOn.has(run)) plans.set(run, endOf(observe(run)) ?? { kind: 'dropped', rung });
    }
    entrants = survivors;
  }
  const rung = sweep.halving?.rungs.length ?? 0;
  for (const run of entrants) {
    plans.set(run, endOf(observe(run)) ?? { kind: 'ready', rung, until: undefined });
  }
  return plans;
}

/**
 * The runs that enter a rung (from 0) of their group, best first; null while the rung before it is not complete.
 * There are at most `places(...)` of them.
 */
export function entrantsOf(
  sweep: Sweep,
  group: readonly SweepRun[],
  observe: (run: SweepRun) => Observation,
  rung: number,
): readonly SweepRun[] | null {
  let entrants = group;
  for (let before = 0; before < rung; before++) {
    if (entrants.some((run) => !hasReached(observe(run), before))) return null;
    entrants = survivorsOf(sweep, entrants, observe, before);
  }
  return entrants;
}

/** How many of these combinations go on. */
export function quota(combinations: number, eta: number): number {
  return Math.max(1, Math.floor(combinations / eta));
}

/** Failed runs count as having been at a rung: the others go on without them. */
function hasReached({ outcome, failure, atRung }: Observation, rung: number): boolean {
  return outcome !== null || failure !== null || atRung[rung] !== null;
}

function endOf({ outcome, failure }: Observation): Plan | null {
  if (outcome !== null) return { kind: 'over' };
  return failure === null ? null : { kind: 'failed' };
}

function survivorsOf(
  { halving }: Sweep,
  entrants: readonly SweepRun[],
  observe: (run: SweepRun) => Observation,
  rung: number,
): SweepRun[] {
  const { rungs, eta } = halving!;
  const standings = rank(entrants, observe, ({ atRung }) => atRung[rung] ?? null, rungs[rung]!);
  return standings
    .slice(0, quota(standings.length, eta))
    .filter(({ out }) => !out)
    .flatMap(({ runs }) => runs);
}
