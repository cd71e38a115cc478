import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Duration,
  estimate,
  firstStep,
  kaplanMeier,
  summariseDurations,
  wilsonInterval,
} from '../../src/reports/statistics.ts';

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });

describe('mean and standard deviation', () => {
  it('match known answers', () => {
    expect(estimate([])).toBeNull();
    expect(estimate([3])).toEqual({ mean: 3, sd: null, n: 1 });
    const { mean, sd, n } = estimate([2, 4, 4, 4, 5, 5, 7, 9])!;
    expect([mean, n]).toEqual([5, 8]);
    expect(sd).toBeCloseTo(Math.sqrt(32 / 7), 12); // n - 1 in the denominator
  });

  it('move with a shift and scale with a factor', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: -100, max: 100, noNaN: true }), (values, shift) => {
        const [before, after] = [estimate(values)!, estimate(values.map((value) => 3 * value + shift))!];
        expect(after.mean).toBeCloseTo(3 * before.mean + shift, 4);
        expect(after.sd ?? 0).toBeCloseTo(3 * (before.sd ?? 0), 4);
      }),
    );
  });
});

describe("Wilson's interval", () => {
  it.each([
    // Known answers: scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
    [0, 3, 0, 0.561497],
    [3, 3, 0.438503, 1],
    [8, 10, 0.490162, 0.943318],
    [5, 10, 0.236593, 0.763407],
    [1, 100, 0.001767, 0.054486],
  ])('of %i of %i', (successes, n, low, high) => {
    const interval = wilsonInterval(successes, n);
    expect(interval[0]).toBeCloseTo(low, 5);
    expect(interval[1]).toBeCloseTo(high, 5);
  });

  it('holds the share, stays within 0 and 1, and mirrors successes and failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const successes = Math.round(share * n);
          const [low, high] = wilsonInterval(successes, n);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(successes / n);
          expect(high).toBeGreaterThanOrEqual(successes / n);
          expect(1 - wilsonInterval(n - successes, n)[1]).toBeCloseTo(low, 10);
        },
      ),
    );
  });

  it('refuses impossible counts', () => {
    expect(() => wilsonInterval(2, 1)).toThrow(RangeError);
    expect(() => wilsonInterval(0, 0)).toThrow(RangeError);
  });
});

describe('steps to a threshold', () => {
  it('are of the first point beyond it, or censored at the last', () => {
    const points = [
      [0, 1],
      [10, 0.04],
      [20, 0.2],
      [30, 0.01],
    ] as const;
    expect(firstStep(points, (value) => value < 0.05)).toEqual({ reached: true, step: 10 });
    expect(firstStep(points, (value) => value < 0.001)).toEqual({ reached: false, watched: 30 });
    expect(firstStep([], () => true)).toEqual({ reached: false, watched: 0 });
  });

  it('count censored runs as later than all others', () => {
    const runs: Duration[] = [
      { reached: true, step: 80 },
      { reached: false, watched: 1000 },
      { reached: true, step: 60 },
    ];
    expect(summariseDurations(runs)).toEqual({
      reached: 2,
      n: 3,
      median: 80,
      range: [60, 80],
      censoredAt: 1000,
    });
    expect(summariseDurations([...runs, { reached: false, watched: 500 }])).toMatchObject({
      median: null,
      censoredAt: 500,
    });
  });

  it('have the median that infinitely late runs would give', () => {
    const duration = fc.oneof(
      fc.record({ reached: fc.constant(true as const), step: fc.nat(1e6) }),
      fc.record({ reached: fc.constant(false as const), watched: fc.nat(1e6) }),
    );
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 20 }), (runs) => {
        const sorted = runs.map((run) => (run.reached ? run.step : Infinity)).sort((a, b) => a - b);
        const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
        expect(summariseDurations(runs).median ?? Infinity).toBe(middle);
      }),
    );
  });
});

describe('the share of runs by Kaplan and Meier', () => {
  it('matches a known answer', () => {
    // The 6-MP arm of Freireich et al. 1963, weeks to relapse (+ censored); survival as R's survfit prints it.
    const weeks = '6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+'.split(' ');
    const runs = weeks.map(
      (week): Duration =>
        week.endsWith('+')
          ? { reached: false, watched: Number.parseInt(week, 10) }
          : { reached: true, step: Number(week) },
    );
    const survival = { 6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482 };
    const points = kaplanMeier(runs);
    expect(points.at(0)).toEqual({ step: 0, share: 0 });
    expect(points.at(-1)!.step).toBe(35);
    for (const [step, share] of Object.entries(survival)) {
      expect(1 - points.find((point) => point.step === Number(step))!.share).toBeCloseTo(share, 4);
    }
  });

  it('is the plain share without censoring, never falls, and stays within 0 and 1', () => {
    const duration = fc.oneof(
      fc.record({ reached: fc.constant(true as const), step: fc.integer({ min: 1, max: 1000 }) }),
      fc.record({ reached: fc.constant(false as const), watched: fc.integer({ min: 1, max: 1000 }) }),
    );
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 20 }), (runs) => {
        const shares = kaplanMeier(runs).map(({ share }) => share);
        expect(shares).toEqual([...shares].sort((a, b) => a - b));
        expect(shares.at(-1)).toBeLessThanOrEqual(1);
        const passed = runs.filter(({ reached }) => reached);
        if (passed.length === runs.length) expect(shares.at(-1)).toBeCloseTo(1, 12);
        if (passed.length === 0) expect(shares.at(-1)).toBe(0);
      }),
    );
  });
});
