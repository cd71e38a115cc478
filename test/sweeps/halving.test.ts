import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sweep, SweepRun } from '../../src/sweeps/manifest.ts';
import type { Observation, Score } from '../../src/sweeps/observe.ts';
import { placeOf, totalPlaces } from '../../src/sweeps/places.ts';
import { entrantsOf, groupsOf, type Plan, planSweep } from '../../src/sweeps/plan.ts';
import { rank } from '../../src/sweeps/ranking.ts';
import type { FinalStatus } from '../../src/training/run-directory.ts';

/** How a run goes when it is given the steps: its loss by rung, and where it ends early, if it does. */
interface Fate {
  readonly losses: readonly number[];
  readonly end: { readonly rung: number; readonly how: FinalStatus | 'failed' } | null;
}

const RUNGS = [10, 30, 90];
const STEPS = 200;

function sweepOf(groups: number, combinations: number, seeds: number, eta: number): Sweep {
  const runs: SweepRun[] = [];
  for (let group = 0; group < groups; group++) {
    for (let member = 0; member < combinations; member++) {
      for (let seed = 1; seed <= seeds; seed++) {
        const combination = group * combinations + member;
        runs.push({
          index: runs.length,
          run: `r${combination}-s${seed}`,
          config_hash: '',
          seed,
          combination,
          group: `g${group}`,
          settings: {},
          workload: '',
          steps: STEPS,
          stop: null,
        });
      }
    }
  }
  const select = { metric: 'valid_mse', mark: null, score: 'last', each: [] } as const;
  return { name: 's', select: { ...select, each: [] }, halving: { rungs: RUNGS, eta }, runs, text: '' };
}

/** Directories that know what a run would do, and how far it has been brought. */
class World {
  readonly reached: number[];

  constructor(
    readonly sweep: Sweep,
    readonly fates: readonly Fate[],
  ) {
    this.reached = sweep.runs.map(() => -1);
  }

  readonly observe = ({ index }: SweepRun): Observation => {
    const { losses, end } = this.fates[index]!;
    const reached = this.reached[index]!;
    const over = end !== null && reached >= end.rung ? end : null;
    const scoreAt = (rung: number): Score => {
      const loss = losses[Math.min(rung, end?.rung ?? rung)]!;
      return { value: loss, loss, step: RUNGS[rung] ?? STEPS, test: {} };
    };
    const outcome =
      over === null
        ? reached === RUNGS.length
          ? ('finished' as const)
          : null
        : over.how === 'failed'
          ? null
          : over.how;
    const step =
      over === null ? (RUNGS[reached] ?? (reached < 0 ? 0 : STEPS)) : (RUNGS[over.rung] ?? STEPS) - 1;
    return {
      outcome,
      failure: over?.how === 'failed' ? { exit: 70, cause: '', log: null } : null,
      running: false,
      step,
      seconds: 0,
      cpuSeconds: 0,
      timedStep: 0,
      atRung: RUNGS.map((_, rung) =>
        (over?.how === 'failed' ? rung < over.rung : reached >= rung || outcome !== null)
          ? scoreAt(rung)
          : null,
      ),
      score: reached < 0 ? null : scoreAt(reached),
      reachedAt: outcome === 'solved' ? step : null,
    };
  };

  plan(): Plan[] {
    return planSweep(this.sweep, this.observe);
  }

  /** Runs whatever is ready, in an order that `pick` chooses, until nothing is. */
  play(pick: (count: number) => number): Plan[] {
    for (let guard = 0; guard < 10_000; guard++) {
      const plans = this.plan();
      const ready = plans.flatMap((plan, index) =>
        plan.kind === 'ready' ? [{ index, rung: plan.rung }] : [],
      );
      if (ready.length === 0) return plans;
      const { index, rung } = ready[pick(ready.length)]!;
      this.reached[index] = rung;
    }
    throw new Error('the sweep does not end');
  }
}

const fate: fc.Arbitrary<Fate> = fc.record({
  losses: fc.array(fc.constantFrom(0.1, 0.2, 0.3, Number.POSITIVE_INFINITY), { minLength: 4, maxLength: 4 }),
  end: fc.option(
    fc.record({
      rung: fc.nat({ max: 3 }),
      how: fc.constantFrom('solved' as const, 'diverged' as const, 'failed' as const),
    }),
    { freq: 3 },
  ),
});

const world = fc
  .record({
    groups: fc.integer({ min: 1, max: 2 }),
    combinations: fc.integer({ min: 1, max: 9 }),
    seeds: fc.integer({ min: 1, max: 2 }),
    eta: fc.integer({ min: 2, max: 4 }),
  })
  .chain(({ groups, combinations, seeds, eta }) => {
    const count = groups * combinations * seeds;
    return fc.record({
      sweep: fc.constant(sweepOf(groups, combinations, seeds, eta)),
      fates: fc.array(fate, { minLength: count, maxLength: count }),
      order: fc.infiniteStream(fc.nat()),
    });
  });

test('whatever the order of work, the sweep ends, and ends the same', () => {
  fc.assert(
    fc.property(world, ({ sweep, fates, order }) => {
      const inOrder = new World(sweep, fates);
      const expected = inOrder.play(() => 0);
      const shuffled = new World(sweep, fates);
      expect(shuffled.play((count) => order.next().value % count)).toEqual(expected);
      expect(shuffled.reached).toEqual(inOrder.reached);
      for (const { kind } of expected) expect(['over', 'dropped', 'failed']).toContain(kind);
    }),
    { numRuns: 300 },
  );
});

test('the places of a rung are enough for those who come so far, and each place has one run', () => {
  fc.assert(
    fc.property(world, ({ sweep, fates }) => {
      const played = new World(sweep, fates);
      played.play(() => 0);
      for (const rung of [1, 2, 3]) {
        const taken = Array.from({ length: totalPlaces(sweep, rung) }, (_, place) =>
          placeOf(sweep, played.observe, rung, place),
        ).filter((run) => run !== null);
        const entrants = [...groupsOf(sweep).values()].flatMap(
          (group) => entrantsOf(sweep, group, played.observe, rung) ?? [],
        );
        expect(taken).toEqual(entrants);
        expect(() => placeOf(sweep, played.observe, rung, totalPlaces(sweep, rung))).toThrow('no place');
      }
    }),
    { numRuns: 300 },
  );
});

test('places by array are places by run: stage after stage does what a free order does', () => {
  fc.assert(
    fc.property(world, ({ sweep, fates }) => {
      const free = new World(sweep, fates);
      free.play(() => 0);
      const staged = new World(sweep, fates);
      for (const { index } of sweep.runs) staged.reached[index] = 0;
      for (let rung = 1; rung <= RUNGS.length; rung++) {
        for (let place = 0; place < totalPlaces(sweep, rung); place++) {
          const run = placeOf(sweep, staged.observe, rung, place);
          if (run === null) continue;
          const { outcome, failure } = staged.observe(run);
          if (outcome === null && failure === null) staged.reached[run.index] = rung;
        }
      }
      expect(staged.plan()).toEqual(free.plan());
    }),
    { numRuns: 300 },
  );
});

const steady = (loss: number): Fate => ({ losses: [loss, loss, loss, loss], end: null });

test('one of eta goes on, at least one, and a tie goes to the earlier combination', () => {
  const sweep = sweepOf(1, 8, 1, 2);
  const played = new World(sweep, [0.5, 0.3, 0.3, 0.1, 0.9, 0.2, 0.8, 0.7].map(steady));
  played.play(() => 0);
  // 8, 4 (0.1, 0.2, 0.3, 0.3), 2 (0.1, 0.2), 1.
  expect(played.reached).toEqual([0, 1, 1, 3, 0, 2, 0, 0]);
});

test('what diverged is out, and its place is not given to another one of its like', () => {
  const sweep = sweepOf(1, 4, 1, 4);
  const diverged: Fate = { losses: [0, 0, 0, 0], end: { rung: 0, how: 'diverged' } };
  const played = new World(sweep, [diverged, steady(0.3), steady(0.2), steady(0.4)]);
  const plans = played.play(() => 0);
  expect(plans.map(({ kind }) => kind)).toEqual(['over', 'dropped', 'over', 'dropped']);
  const none = new World(sweep, [diverged, diverged, diverged, diverged]);
  expect(none.play(() => 0).map(({ kind }) => kind)).toEqual(['over', 'over', 'over', 'over']);
});

test('what is solved comes first, sooner before later; a combination is the mean over its seeds', () => {
  const sweep = sweepOf(1, 4, 2, 4);
  const solvedAt = (rung: number): Fate => ({ losses: [0.2, 0.2, 0.2, 0.2], end: { rung, how: 'solved' } });
  const fates = [
    steady(0.1),
    steady(0.1),
    solvedAt(2),
    solvedAt(2),
    solvedAt(1),
    solvedAt(2),
    solvedAt(1),
    steady(0),
  ];
  const world = new World(sweep, fates);
  world.reached.fill(3);
  const standings = rank(sweep.runs, world.observe, ({ score }) => score, Number.POSITIVE_INFINITY);
  expect(standings.map(({ combination }) => combination)).toEqual([2, 1, 3, 0]);
  expect(standings.at(-1)).toMatchObject({ mean: 0.1, deviation: 0, solved: 0 });
  expect(standings[2]).toMatchObject({ mean: 0.1, solved: 1 });
});

test('a retried failure takes part again', () => {
  const sweep = sweepOf(1, 2, 1, 2);
  const fates: Fate[] = [{ losses: [0, 0, 0, 0], end: { rung: 0, how: 'failed' } }, steady(0.5)];
  const first = new World(sweep, fates);
  first.play(() => 0);
  expect(first.plan().map(({ kind }) => kind)).toEqual(['failed', 'over']);
  const again = new World(sweep, [steady(0), fates[1]!]);
  again.reached[1] = 3;
  again.play(() => 0);
  expect(again.plan().map(({ kind }) => kind)).toEqual(['over', 'over']);
  expect(again.reached).toEqual([3, 3]);
});
