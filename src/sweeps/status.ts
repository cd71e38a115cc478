import { join } from 'node:path';
import type { Failure } from '../training/failure.ts';
import type { Sweep, SweepRun } from './manifest.ts';
import { type Observation, observe, type Score } from './observe.ts';
import { groupsOf, type Plan, planSweep } from './plan.ts';
import { rank, type Standing } from './ranking.ts';
import { observedSpeeds, type Remaining, remainingWork } from './speeds.ts';

/** What a run is at, in one word; `dropped` is what halving gave up. */
export const runStates = ['done', 'diverged', 'dropped', 'running', 'waiting', 'failed'] as const;
type RunState = (typeof runStates)[number];

interface RunStatus {
  readonly run: SweepRun;
  readonly state: RunState;
  readonly observation: Observation;
}

/** The best combination of a group so far, with the others in their order. */
export interface GroupStanding {
  readonly group: string;
  /** Nothing of the group is left to do: the choice is final. */
  readonly final: boolean;
  /** Combinations of settings in the group. */
  readonly combinations: number;
  readonly best: Standing | null;
}

export interface SweepStatus {
  readonly sweep: Sweep;
  readonly root: string;
  readonly runs: readonly RunStatus[];
  readonly counts: Readonly<Record<RunState, number>>;
  readonly failures: readonly { readonly run: SweepRun; readonly failure: Failure }[];
  /** Every run is done, diverged, or dropped. */
  readonly complete: boolean;
  readonly remaining: Remaining;
  /** Empty if the sweep has no metric. */
  readonly standings: readonly GroupStanding[];
}

/** Where a sweep stands, from the run directories alone. */
export function sweepStatus(root: string, sweep: Sweep, seen?: readonly Observation[]): SweepStatus {
  const observations = seen ?? sweep.runs.map((run) => observe(root, sweep, run));
  const observer = ({ index }: SweepRun) => observations[index]!;
  const plans = planSweep(sweep, observer);
  const runs = sweep.runs.map((run): RunStatus => {
    const observation = observer(run);
    return { run, state: stateOf(plans[run.index]!, observation), observation };
  });
  const counts = Object.fromEntries(
    runStates.map((state) => [state, runs.filter((run) => run.state === state).length]),
  ) as Record<RunState, number>;
  const speeds = observedSpeeds(sweep, observations);
  return {
    sweep,
    root,
    runs,
    counts,
    failures: runs
      .filter(({ state }) => state === 'failed')
      .map(({ run, observation }) => ({ run, failure: observation.failure! })),
    complete: counts.running + counts.waiting + counts.failed === 0,
    remaining: remainingWork(sweep, plans, (index) => observations[index]!.step, speeds),
    standings: sweep.select === null ? [] : standingsOf(sweep, observer, runs),
  };
}

function stateOf(plan: Plan, { outcome, running }: Observation): RunState {
  if (plan.kind === 'over') return outcome === 'diverged' ? 'diverged' : 'done';
  if (plan.kind === 'failed' || plan.kind === 'dropped') return plan.kind;
  return running ? 'running' : 'waiting';
}

function standingsOf(
  sweep: Sweep,
  observer: (run: SweepRun) => Observation,
  runs: readonly RunStatus[],
): GroupStanding[] {
  return [...groupsOf(sweep)].map(([group, members]) => {
    // What halving gave up has been beaten, whatever its score was at its rung.
    const alive = members.filter(({ index }) => runs[index]!.state !== 'dropped');
    const [best] = rank(alive, observer, finalScore, Number.POSITIVE_INFINITY);
    const final = members.every(
      ({ index }) => !['running', 'waiting', 'failed'].includes(runs[index]!.state),
    );
    const combinations = new Set(members.map(({ combination }) => combination)).size;
    return { group, final, combinations, best: best === undefined || best.out ? null : best };
  });
}

function finalScore({ failure, score }: Observation): Score | null {
  return failure === null ? score : null;
}

/** Everything about the sweep for machines. */
export function statusJson({
  sweep,
  root,
  runs,
  counts,
  failures,
  complete,
  remaining,
  standings,
}: SweepStatus) {
  return {
    sweep: sweep.name,
    complete,
    counts,
    remaining_steps_at_most: remaining.steps,
    remaining_seconds_at_most: finiteOrNull(remaining.seconds),
    selection: standings.map(standingJson),
    failures: failures.map(({ run, failure }) => ({ run: run.run, ...failure })),
    runs: runs.map(({ run, state, observation }) => ({
      index: run.index,
      directory: join(root, run.run),
      state,
      outcome: observation.outcome,
      step: observation.step,
      steps: run.steps,
      seed: run.seed,
      settings: run.settings,
      score: observation.score === null ? null : numberOrText(observation.score.value),
    })),
  };
}

export function standingJson({ group, final, combinations, best }: GroupStanding) {
  if (best === null) return { group, final, combinations, best: null };
  const [first] = best.runs;
  return {
    group,
    final,
    combinations,
    best: {
      settings: first!.settings,
      runs: best.runs.map(({ run }) => run),
      n: best.runs.length,
      mean: numberOrText(best.mean),
      standard_deviation: best.deviation === null ? null : numberOrText(best.deviation),
      solved: best.solved,
      steps: best.scores.map((score) => score!.step),
      test: best.scores.map((score) => score!.test),
    },
  };
}

/** JSON has no NaN and no Infinity. */
function numberOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
