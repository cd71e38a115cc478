import { describe, expect, it } from 'vitest';
import { Interval, median } from '../../src/training/interval.ts';

const update = (loss: number, gradientNorm: number, clipped = false, skipped = false) => ({
  loss,
  gradientNorm,
  clipped,
  skipped,
});

describe('Interval', () => {
  it('summarises updates', () => {
    const interval = new Interval();
    for (const result of [
      update(1, 5, true),
      update(3, 1),
      update(1e17, 1e30, true),
      update(2, Number.NaN, false, true),
    ]) {
      interval.add(result);
    }
    const { train_loss, train_loss_median, gradient_norm_max, clipped_fraction, skipped_updates } =
      interval.summary();
    expect(train_loss).toBeCloseTo(2.5e16);
    expect(train_loss_median).toBe(2.5);
    expect(gradient_norm_max).toBeNaN();
    expect(clipped_fraction).toBe(0.5);
    expect(skipped_updates).toBe(1);
  });

  it('has empty cells when nothing happened', () => {
    expect(new Interval().summary()).toEqual({
      train_loss: null,
      train_loss_median: null,
      gradient_norm_median: null,
      gradient_norm_max: null,
      clipped_fraction: null,
      skipped_updates: 0,
    });
  });

  it('continues from a snapshot as if it had not been interrupted', () => {
    const [whole, first, second] = [new Interval(), new Interval(), new Interval()];
    for (let i = 0; i < 10; i++) {
      const result = update(Math.sin(i), i, i % 3 === 0, i === 4);
      whole.add(result);
      if (i < 6) first.add(result);
      if (i === 5) second.restore(first.snapshot());
      if (i >= 6) second.add(result);
    }
    expect(second.summary()).toEqual(whole.summary());
    expect(second.snapshot()).toEqual(whole.snapshot());
  });
});

describe('median', () => {
  it('is the middle, with NaN above everything', () => {
    expect(median([])).toBeNull();
    expect(median([3])).toBe(3);
    expect(median([4, 1])).toBe(2.5);
    expect(median([Number.NaN, 1, 2])).toBe(2);
    expect(median([Number.NaN, Number.POSITIVE_INFINITY, 5])).toBe(Number.POSITIVE_INFINITY);
  });
});
