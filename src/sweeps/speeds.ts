import { createHash } from 'node:crypto';
import { canonicalJson } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';
import { groupBy } from '../support/group-by.ts';
import type { Sweep, SweepRun } from './manifest.ts';
import type { Observation } from './observe.ts';
import { groupsOf, type Plan, quota } from './plan.ts';

/** What a step of a workload costs, evaluations included. */
export interface Speed {
  readonly ms: number;
  /** To make the data and the model ready, if that was measured. */
  readonly startMs?: number;
  /** Runs that it was taken from; 0 if it was measured for the purpose. */
  readonly runs: number;
}

/** The speed of each workload that some run of the sweep has worked on, from the run directories. */
export function observedSpeeds(sweep: Sweep, observations: readonly Observation[]): Map<string, Speed> {
  const speeds = new Map<string, Speed>();
  for (const [workload, runs] of groupBy(sweep.runs, (run) => run.workload)) {
    const timed = runs.map(({ index }) => observations[index]!).filter(({ timedStep }) => timedStep > 0);
    if (timed.length === 0) continue;
    const seconds = timed.reduce((sum, observation) => sum + observation.seconds, 0);
    const steps = timed.reduce((sum, observation) => sum + observation.timedStep, 0);
    speeds.set(workload, { ms: (1000 * seconds) / steps, runs: timed.length });
  }
  return speeds;
}

/** Work that is left, at most: stop rules and divergence end runs sooner. */
export interface Remaining {
  readonly steps: number;
  /** Processes that it takes: one a run, and one more for every rung it goes on to. */
  readonly starts: number;
  /** Seconds of one process, the starts left out; NaN if the speed of some of it is not known. */
  readonly seconds: number;
}

/**
 * What is left of a sweep. On rungs that are not reached yet, the places that will be filled count: asynchronously a few
 * more are, by runs that were among the best for a while.
 */
export function remainingWork(
  sweep: Sweep,
  plans: readonly Plan[],
  stepOf: (index: number) => number,
  speeds: ReadonlyMap<string, Speed>,
): Remaining {
  let steps = 0;
  let ms = 0;
  let starts = 0;
  const msOf = ({ workload }: SweepRun) => speeds.get(workload)?.ms ?? Number.NaN;
  const add = (more: number, msPerStep: number) => {
    steps += more;
    if (more > 0) ms += more * msPerStep;
  };
  for (const group of groupsOf(sweep).values()) {
    const rungs = [...(sweep.halving?.rungs ?? [])];
    let current = rungs.length;
    for (const run of group) {
      const plan = plans[run.index]!;
      if (plan.kind === 'ready' || plan.kind === 'blocked') current = Math.min(current, plan.rung);
      if (plan.kind !== 'ready') continue;
      starts += 1;
      add(Math.max(0, (plan.until ?? run.steps) - stepOf(run.index)), msOf(run));
    }
    const alive = group.filter(({ index }) => ['ready', 'blocked', 'over'].includes(plans[index]!.kind));
    const speed = group.reduce((sum, run) => sum + msOf(run), 0) / group.length;
    const end = Math.max(...group.map((run) => run.steps));
    let combinations = new Set(alive.map(({ combination }) => combination)).size;
    const seeds = combinations === 0 ? 0 : alive.length / combinations;
    for (let rung = current; rung < rungs.length; rung++) {
      combinations = quota(combinations, sweep.halving!.eta);
      const beyond = alive.filter(({ index }) => isBeyond(plans[index]!, stepOf(index), rung, rungs[rung]!));
      const places = Math.max(0, combinations * seeds - beyond.length);
      starts += places;
      add(places * ((rungs[rung + 1] ?? end) - rungs[rung]!), speed);
    }
  }
  return { steps, starts, seconds: ms / 1000 };
}

/** Whether a run takes up a place beyond a rung, which is at these steps. */
function isBeyond(plan: Plan, step: number, rung: number, rungSteps: number): boolean {
  return plan.kind === 'ready' || plan.kind === 'blocked' ? plan.rung > rung : step > rungSteps;
}

/** Keys that change what a run learns and not how long a step takes. */
const indifferent = [
  'data_base',
  'forget_bias',
  'init_range',
  'input_std',
  'output_std',
  'permutation_seed',
  'recurrent_start',
  'recurrent_std',
  'scale',
];

/** Names what a step of a config costs: `adding T=150, lstm 100 (1a2b3c4d)`, equal for runs of equal cost. */
export function workloadOf({ task, model, training, evaluate, engine }: Config): string {
  const costly = { task, model, batch: training.batch, optimizer: training.optimizer.name, evaluate, engine };
  const text = canonicalJson(withoutKeys(costly));
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const length = 'T' in task ? ` T=${task.T}` : '';
  return `${task.name}${length}, ${model.type} ${model.hidden} (${digits})`;
}

function withoutKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !indifferent.includes(key))
      .map(([key, inner]) => [key, withoutKeys(inner)]),
  );
}
