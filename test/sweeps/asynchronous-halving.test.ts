import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sweep, SweepRun } from '../../src/sweeps/manifest.ts';
import type { Observation, Score } from '../../src/sweeps/observe.ts';
import { planSweep, quota, readyRuns } from '../../src/sweeps/plan.ts';

const RUNGS = [10, 30, 90];
const STEPS = 200;

/** Runs by number, that score what they are fated to at each rung and at their end, and how far each has come. */
class World {
  /** The rung at which a run waits; -1 before the first, `RUNGS.length` when it is over. */
  readonly reached: number[];
  readonly atWork = new Set<number>();
  readonly sweep: Sweep;

  constructor(
    readonly losses: readonly (readonly number[])[],
    readonly eta: number,
    /** Runs that end before their first rung, and how. */
    readonly ends: ReadonlyMap<number, 'solved' | 'diverged' | 'failed'> = new Map(),
  ) {
    this.reached = losses.map(() => -1);
    const runs = losses.map((_, index): SweepRun => {
      const rest = { config_hash: '', seed: 1, group: '', settings: {}, workload: '', stop: null };
      return { index, run: `r${index}`, combination: index, steps: STEPS, ...rest };
    });
    const select = { metric: 'valid_mse', mark: null, score: 'last' as const, each: [] };
    this.sweep = { name: 's', select, halving: { rungs: RUNGS, eta, asynchronous: true }, runs, text: '' };
  }

  readonly observe = ({ index }: SweepRun): Observation => {
    const reached = this.reached[index]!;
    const end = reached < 0 ? undefined : this.ends.get(index);
    const score = (rung: number): Score => {
      const loss = this.losses[index]![rung]!;
      return { value: loss, loss, step: RUNGS[rung] ?? STEPS, test: {} };
    };
    const finished = reached === RUNGS.length ? ('finished' as const) : null;
    const step = end === undefined ? (reached < 0 ? 0 : (RUNGS[reached] ?? STEPS)) : 5;
    return {
      outcome: end === undefined ? finished : end === 'failed' ? null : end,
      failure: end === 'failed' ? { exit: 70, cause: '', log: null } : null,
      running: this.atWork.has(index),
      step,
      seconds: 0,
      cpuSeconds: 0,
      timedStep: 0,
      atRung: RUNGS.map((_, rung) => {
        if (end !== undefined) return end === 'failed' ? null : score(0);
        return reached >= rung ? score(rung) : null;
      }),
      score: reached < 0 ? null : score(reached),
      reachedAt: end === 'solved' ? step : null,
    };
  };

  plan() {
    return planSweep(this.sweep, this.observe);
  }

  /** What a free process takes up: the run and the rung it is brought to. */
  next(): readonly [index: number, rung: number] | null {
    const plans = this.plan();
    const run = readyRuns(this.sweep, plans, this.observe).find(({ index }) => !this.atWork.has(index));
    const plan = run && plans[run.index]!;
    return plan?.kind === 'ready' ? [run!.index, plan.rung] : null;
  }

  /** Lets so many processes work until nothing is ready; `pick` says which of them is done first. */
  play(jobs: number, pick: (count: number) => number, started: (index: number, rung: number) => void): void {
    const targets = new Map<number, number>();
    for (;;) {
      for (let next = this.next(); next !== null && targets.size < jobs; next = this.next()) {
        started(...next);
        targets.set(...next);
        this.atWork.add(next[0]);
      }
      if (targets.size === 0) return;
      const [index, rung] = [...targets][pick(targets.size)]!;
      targets.delete(index);
      this.atWork.delete(index);
      this.reached[index] = rung;
    }
  }
}

const steady = (loss: number) => [loss, loss, loss, loss];

test('one process promotes as soon as it may, the furthest first, and ends with one at least', () => {
  const world = new World([0.4, 0.3, 0.2, 0.1].map(steady), 2);
  const order: string[] = [];
  world.play(
    1,
    () => 0,
    (index, rung) => order.push(`${index} to ${rung}`),
  );
  // 1 goes on when it is the better of two, 2 when it is the best of three; nobody waits for 3.
  expect(order).toEqual([
    '0 to 0',
    '1 to 0',
    '1 to 1',
    '2 to 0',
    '2 to 1',
    '2 to 2',
    '3 to 0',
    '3 to 1',
    '3 to 2',
    '3 to 3',
  ]);
  expect(world.plan()).toMatchObject([
    { kind: 'dropped', rung: 0 },
    { kind: 'dropped', rung: 1 },
    { kind: 'dropped', rung: 2 },
    { kind: 'over' },
  ]);
});

const worlds = fc
  .record({ combinations: fc.integer({ min: 1, max: 20 }), eta: fc.integer({ min: 2, max: 4 }) })
  .chain(({ combinations, eta }) => {
    const order = Array.from({ length: combinations }, (_, index) => index);
    const shuffled = fc.shuffledSubarray(order, { minLength: combinations });
    return fc.record({
      eta: fc.constant(eta),
      ranks: fc.array(shuffled, { minLength: 4, maxLength: 4 }),
      jobs: fc.integer({ min: 1, max: 5 }),
      picks: fc.infiniteStream(fc.nat()),
    });
  });

test('whoever goes on is among the best 1/eta at that moment, and at the end all of the best have', () => {
  fc.assert(
    fc.property(worlds, ({ eta, ranks, jobs, picks }) => {
      // Scores that all differ, anew at each rung.
      const losses = ranks[0]!.map((_, index) => ranks.map((rank) => rank[index]!));
      const world = new World(losses, eta);
      const there = (rung: number) =>
        losses
          .map((loss, index) => ({ index, loss: loss[rung]! }))
          .filter(({ index }) => world.reached[index]! >= rung)
          .sort((a, b) => a.loss - b.loss);
      const lastOnes = new Set<number>();
      world.play(
        jobs,
        (count) => picks.next().value % count,
        (index, rung) => {
          if (rung === 0) return;
          const standings = there(rung - 1);
          const place = standings.findIndex((standing) => standing.index === index);
          if (place < Math.floor(standings.length / eta)) return;
          // A rung to which nobody else comes lets one go on at least.
          expect([place, lastOnes.has(rung)]).toEqual([0, false]);
          lastOnes.add(rung);
        },
      );
      for (const [rung] of RUNGS.entries()) {
        const standings = there(rung);
        for (const { index } of standings.slice(0, quota(standings.length, eta))) {
          expect(world.reached[index]).toBeGreaterThan(rung);
        }
      }
      expect(world.reached.some((reached) => reached === RUNGS.length)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('a run that is over, diverged or failed holds nobody up', () => {
  const ends = new Map([
    [0, 'diverged'],
    [1, 'failed'],
    [2, 'solved'],
  ] as const);
  const world = new World([0, 0, 0, 0.3, 0.2, 0.5].map(steady), 3, ends);
  const order: string[] = [];
  world.play(
    2,
    () => 0,
    (index, rung) => order.push(`${index} to ${rung}`),
  );
  // Of six the best two go on: the solved one, for which nothing is left to do, and 4; of these the solved one.
  expect(order.filter((text) => !text.endsWith('to 0'))).toEqual(['4 to 1']);
  expect(world.plan().map(({ kind }) => kind)).toEqual([
    'over',
    'failed',
    'over',
    'dropped',
    'dropped',
    'dropped',
  ]);
});
