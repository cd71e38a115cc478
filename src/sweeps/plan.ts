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
  /**
   * To be brought to this rung; the last "rung" is the run's own end, and `until` then undefined. `place` is its place
   * among those that go there, the best first.
   */
  | {
      readonly kind: 'ready';
      readonly rung: number;
      readonly until: number | undefined;
      readonly place: number;
    }
  /** It has reached this rung, and others it is compared with have not. */
  | { readonly kind: 'blocked'; readonly rung: number }
  | { readonly kind: 'failed' };

type Observe = (run: SweepRun) => Observation;

/**
 * Decides from the run directories alone what happens to each run next, so that any process, at any time, comes to
 * the same decision: a score at a rung does not change any more once the run has passed it.
 */
export function planSweep(sweep: Sweep, observe: Observe): Plan[] {
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

/**
 * The runs that are ready, in the order in which they are taken up: first what has begun its way to a rung, so that a sweep
 * that was stopped does what it would have done; then what has come furthest, the best first; then the order of the sweep.
 */
export function readyRuns({ runs, halving }: Sweep, plans: readonly Plan[], observe: Observe): SweepRun[] {
  const ready = runs.flatMap((run) => {
    const plan = plans[run.index]!;
    if (plan.kind !== 'ready') return [];
    const { rung, place } = plan;
    const hasBegun = observe(run).step > (halving?.rungs[rung - 1] ?? 0);
    return [{ run, key: [hasBegun ? 0 : 1, -rung, rung === 0 ? 0 : place, run.index] as const }];
  });
  return ready.sort((a, b) => compareKeys(a.key, b.key)).map(({ run }) => run);
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/** Plans the runs of one group. */
function planGroup(sweep: Sweep, group: readonly SweepRun[], observe: Observe): Map<SweepRun, Plan> {
  const plans = new Map<SweepRun, Plan>();
  const rungs = sweep.halving?.rungs ?? [];
  let entrants = group;
  /** No other run will reach the rung. */
  let isComplete = true;
  for (const [rung, until] of rungs.entries()) {
    for (const [place, run] of entrants.entries()) {
      const next: Plan = hasReached(observe(run), rung)
        ? { kind: 'blocked', rung }
        : { kind: 'ready', rung, until, place };
      plans.set(run, endOf(observe(run)) ?? next);
    }
    isComplete &&= entrants.every((run) => hasReached(observe(run), rung));
    if (!isComplete && !sweep.halving?.asynchronous) return plans;
    const goOn = goingOn(sweep, entrants, observe, rung, isComplete);
    const survivors = new Set(goOn);
    for (const run of isComplete ? entrants : []) {
      if (!survivors.has(run)) plans.set(run, endOf(observe(run)) ?? { kind: 'dropped', rung });
    }
    entrants = goOn;
  }
  for (const [place, run] of entrants.entries()) {
    const next: Plan = { kind: 'ready', rung: rungs.length, until: undefined, place };
    plans.set(run, endOf(observe(run)) ?? next);
  }
  return plans;
}

/**
 * The runs that enter a rung (from 0) of their group, best first; null while the rung before it is not complete.
 * There are at most `places(...)` of them. Not for asynchronous halving, where nobody waits for a rung.
 */
export function entrantsOf(
  sweep: Sweep,
  group: readonly SweepRun[],
  observe: Observe,
  rung: number,
): readonly SweepRun[] | null {
  let entrants = group;
  for (let before = 0; before < rung; before++) {
    if (entrants.some((run) => !hasReached(observe(run), before))) return null;
    entrants = goingOn(sweep, entrants, observe, before, true);
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

/**
 * Those that go on from a rung, best first. Of a complete rung that is the best 1/eta, at least one. Asynchronously, of one that
 * is not complete it is the best 1/eta of the combinations that are there, and in any case those that have gone on before, when
 * they were among the best (Li et al. 2020, algorithm 2): the directories show it, as they are past the rung or at work.
 */
function goingOn(
  { halving }: Sweep,
  entrants: readonly SweepRun[],
  observe: Observe,
  rung: number,
  isComplete: boolean,
): SweepRun[] {
  const { rungs, eta, asynchronous } = halving!;
  const there = [...groupBy(entrants, ({ combination }) => combination).values()]
    .filter((runs) => runs.every((run) => hasReached(observe(run), rung)))
    .flat();
  const standings = rank(there, observe, ({ atRung }) => atRung[rung] ?? null, rungs[rung]!);
  const places = isComplete ? quota(standings.length, eta) : Math.floor(standings.length / eta);
  const isAhead = (run: SweepRun) => {
    const { step, running, atRung } = observe(run);
    return step > rungs[rung]! || (running && atRung[rung] !== null);
  };
  return standings
    .filter(({ out, runs }, place) => (place < places && !out) || (asynchronous && runs.some(isAhead)))
    .flatMap(({ runs }) => runs);
}
