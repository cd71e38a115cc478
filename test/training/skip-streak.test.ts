import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Interval } from '../../src/training/interval.ts';
import { SkipStreak } from '../../src/training/state.ts';

/** Results that count how often they are looked at. */
function results(skips: readonly boolean[]) {
  const reads = { count: 0 };
  const list = skips.map((skipped) => ({
    loss: 1,
    gradientNorm: 1,
    clipped: false,
    get skipped() {
      reads.count += 1;
      return skipped;
    },
  }));
  return { list, reads };
}

test('the streak reaches its limit at the very update at which counting one by one does', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), fc.integer({ min: 1, max: 6 }), fc.nat(5), (skips, limit, start) => {
      const streak = new SkipStreak(start);
      let counted = start;
      for (const [i, result] of results(skips).list.entries()) {
        streak.add(result);
        counted = skips[i] ? counted + 1 : 0;
        if (streak.reaches(limit) !== counted >= limit) return false;
      }
      return streak.length === counted;
    }),
  );
});

test('results are looked at once, and only when they can matter', () => {
  const { list, reads } = results(new Array<boolean>(10).fill(false));
  const streak = new SkipStreak();
  for (const result of list.slice(0, 9)) {
    streak.add(result);
    expect(streak.reaches(10)).toBe(false);
  }
  expect(reads.count).toBe(0);
  streak.add(list[9]!);
  expect(streak.reaches(10)).toBe(false);
  expect(streak.length).toBe(0);
  expect(reads.count).toBe(10);
});

test('an interval looks at its results when it is summed up', () => {
  const { list, reads } = results([true, false, true]);
  const interval = new Interval();
  for (const result of list) interval.add(result);
  expect(reads.count).toBe(0);
  expect(interval.summary().skipped_updates).toBe(2);
  interval.snapshot();
  expect(reads.count).toBe(3);
});
