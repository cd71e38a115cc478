import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LengthBuckets } from '../../src/tasks/phone-frames/length-buckets.ts';

const lengthsOf = (count: number) => Array.from({ length: count }, (_, i) => 50 + ((i * i * 31) % 701));

test('every sequence exactly once an epoch; batches are pure functions of seed and index', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(99),
      fc.integer({ min: 0, max: 3 }),
      (count, batchSize, seed, epoch) => {
        fc.pre(batchSize <= count);
        const buckets = new LengthBuckets(seed, lengthsOf(count), batchSize);
        const other = new LengthBuckets(seed, lengthsOf(count), batchSize);
        const seen: number[] = [];
        for (let i = 0; i < buckets.batchesPerEpoch; i++) {
          const batch = [...buckets.batch(epoch * buckets.batchesPerEpoch + i)];
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(batchSize);
          seen.push(...batch);
        }
        expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        // Out of order, from another object.
        const last = (epoch + 1) * buckets.batchesPerEpoch - 1;
        expect(other.batch(last)).toEqual(buckets.batch(last));
        expect(other.batch(0)).toEqual(buckets.batch(0));
      },
    ),
  );
});

test('epochs differ, and so do seeds', () => {
  const epoch = (seed: number, which: number) => {
    const buckets = new LengthBuckets(seed, lengthsOf(200), 16);
    const batches = Array.from({ length: buckets.batchesPerEpoch }, (_, i) => [
      ...buckets.batch(which * buckets.batchesPerEpoch + i),
    ]);
    return batches.map((batch) => batch.join());
  };
  expect(epoch(1, 1)).not.toEqual(epoch(1, 0));
  expect(epoch(2, 0)).not.toEqual(epoch(1, 0));
  // Other company, not only another order of the same batches.
  expect(new Set(epoch(1, 1))).not.toEqual(new Set(epoch(1, 0)));
});

test('padding stays under a tenth of the steps, and is what it says', () => {
  const lengths = lengthsOf(800);
  const buckets = new LengthBuckets(3, lengths, 16);
  const waste = (epoch: number) => {
    let [used, all] = [0, 0];
    for (let i = 0; i < buckets.batchesPerEpoch; i++) {
      const batch = [...buckets.batch(epoch * buckets.batchesPerEpoch + i)].map((k) => lengths[k]!);
      used += batch.reduce((sum, length) => sum + length, 0);
      all += 16 * Math.max(...batch);
    }
    return 1 - used / all;
  };
  expect(waste(0)).toBeCloseTo(buckets.padding, 10);
  for (const epoch of [0, 1, 2, 3]) expect(waste(epoch)).toBeLessThan(0.1);
});

test('sequences of one length are mixed freely', () => {
  const buckets = new LengthBuckets(1, new Array(64).fill(10), 16);
  expect(buckets.padding).toBe(0);
  const first = [...buckets.batch(0)].sort((a, b) => a - b);
  expect(first.at(-1)! - first[0]!).toBeGreaterThan(32);
});
