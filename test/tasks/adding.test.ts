import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/models/batch.ts';
import { AddingTask } from '../../src/tasks/adding/task.ts';
import type { Split } from '../../src/tasks/task.ts';

type Config = ConstructorParameters<typeof AddingTask>[0];

const config: Config = {
  name: 'adding',
  T: 12,
  marks: 'any',
  train_size: 50,
  valid_size: 600,
  test_size: 300,
};
const seeds = (seed: number) => ({ data: seed, order: seed });
const options = { seeds: seeds(1), batchSize: 16 };

/** A batch that outlives the next call. */
const copy = (batch: Batch): Batch => ({
  ...batch,
  x_TIB: batch.x_TIB.slice(),
  target: batch.target.slice(),
});

const sequence = (batch: Batch, b: number) => ({
  signal: Array.from({ length: batch.steps }, (_, t) => batch.x_TIB[2 * t * batch.size + b]!),
  mask: Array.from({ length: batch.steps }, (_, t) => batch.x_TIB[(2 * t + 1) * batch.size + b]!),
  target: batch.target[b]!,
});

const key = (batch: Batch, b: number) => JSON.stringify(sequence(batch, b));

describe('a sequence', () => {
  const anyBatch = fc.record({
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    T: fc.integer({ min: 2, max: 40 }),
    marks: fc.constantFrom<Config['marks']>('any', 'halves'),
    train_size: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant('fresh' as const)),
    batchSize: fc.integer({ min: 1, max: 21 }),
    split: fc.constantFrom<Split>('train', 'valid', 'test'),
    index: fc.integer({ min: 0, max: 20 }),
  });

  test('has a signal in [0, 1), exactly two marks, and their sum as target', () => {
    fc.assert(
      fc.property(anyBatch, ({ seed, T, marks, train_size, batchSize, split, index }) => {
        const task = new AddingTask({ ...config, T, marks, train_size }, { seeds: seeds(seed), batchSize });
        if (split !== 'train' && index >= task.batches(split)) return;
        task.batch(split, 0);
        const batch = task.batch(split, index);
        expect(batch.x_TIB.length).toBe(T * 2 * batch.size);
        expect(batch.target.length).toBe(batch.size);
        for (let b = 0; b < batch.size; b++) {
          const { signal, mask, target } = sequence(batch, b);
          expect(signal.every((value) => value >= 0 && value < 1)).toBe(true);
          const ones = mask.flatMap((value, t) => (value === 1 ? [t] : []));
          expect(ones.length).toBe(2);
          expect(mask.filter((value) => value === 0).length).toBe(T - 2);
          expect(target).toBe(Math.fround(signal[ones[0]!]! + signal[ones[1]!]!));
          if (marks === 'halves') {
            expect(ones[0]).toBeLessThan(Math.floor(T / 2));
            expect(ones[1]).toBeGreaterThanOrEqual(Math.floor(T / 2));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('marks fall uniformly over all pairs of positions', () => {
    const T = 5;
    const test_size = 20_000;
    const task = new AddingTask({ ...config, T, test_size }, options);
    const pairs = new Map<string, number>();
    for (let i = 0; i < task.batches('test'); i++) {
      const batch = task.batch('test', i);
      for (let b = 0; b < batch.size; b++) {
        const { mask } = sequence(batch, b);
        pairs.set(mask.join(''), (pairs.get(mask.join('')) ?? 0) + 1);
      }
    }
    expect(pairs.size).toBe(10);
    for (const count of pairs.values()) expect(Math.abs(count - 2_000)).toBeLessThan(5 * Math.sqrt(2_000));
  });
});

describe('batches', () => {
  test.each([50, 'fresh'] as const)(
    'are functions of seed, split and index (train_size %s)',
    (train_size) => {
      const task = new AddingTask({ ...config, train_size }, options);
      const five = copy(task.batch('train', 5));
      const three = copy(task.batch('train', 3));
      const again = new AddingTask({ ...config, train_size }, options);
      expect(again.batch('train', 3)).toEqual(three);
      expect(again.batch('train', 5)).toEqual(five);
      expect(five).not.toEqual(three);
    },
  );

  test('a stored split and one drawn anew give identical batches', () => {
    const stored = new AddingTask(config, options);
    const drawn = new AddingTask(config, { ...options, storageLimit: 0 });
    for (const split of ['train', 'valid', 'test'] as const) {
      for (const index of [1, 0]) expect(drawn.batch(split, index)).toEqual(stored.batch(split, index));
    }
  });

  test('the training set repeats every epoch; fresh data never does', () => {
    const seen = (train_size: Config['train_size']) => {
      const task = new AddingTask({ ...config, train_size }, { ...options, batchSize: 10 });
      const keys = Array.from({ length: 10 }, (_, i) => {
        const batch = task.batch('train', i);
        return Array.from({ length: 10 }, (_, b) => key(batch, b));
      }).flat();
      return { first: new Set(keys.slice(0, 50)), all: new Set(keys) };
    };
    expect(seen(50).first.size).toBe(50);
    expect(seen(50).all.size).toBe(50);
    expect(seen('fresh').all.size).toBe(100);
  });

  test('evaluation covers the split exactly, in order, and does not depend on the training batch', () => {
    const task = new AddingTask(config, options);
    const other = new AddingTask(config, { ...options, batchSize: 3 });
    for (const [split, size] of [
      ['valid', 600],
      ['test', 300],
    ] as const) {
      const keys: string[] = [];
      for (let i = 0; i < task.batches(split); i++) {
        const batch = task.batch(split, i);
        expect(other.batch(split, i)).toEqual(batch);
        for (let b = 0; b < batch.size; b++) keys.push(key(batch, b));
      }
      expect(keys.length).toBe(size);
      expect(new Set(keys).size).toBe(size);
      expect(task.size(split)).toBe(size);
      expect(() => task.batch(split, task.batches(split))).toThrow(RangeError);
      expect(() => task.batch(split, -1)).toThrow(RangeError);
    }
  });

  test('splits and seeds hold different sequences', () => {
    const task = new AddingTask(config, options);
    const other = new AddingTask(config, { ...options, seeds: seeds(2) });
    const keys = (t: AddingTask, split: Split) => {
      const batch = t.batch(split, 0);
      return Array.from({ length: batch.size }, (_, b) => key(batch, b));
    };
    const all = [
      ...new Set(keys(task, 'train')),
      ...keys(task, 'valid'),
      ...keys(task, 'test'),
      ...keys(other, 'test'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test('long sequences make smaller evaluation batches', () => {
    const task = new AddingTask({ ...config, T: 100_000, valid_size: 40 }, options);
    expect(task.batches('valid')).toBe(3);
    expect(task.batch('valid', 2).size).toBe(8);
  });
});

describe('baseline', () => {
  /** (t - 1)^2 of a sum t of two uniforms has mean 1/6 and variance 1/15 - 1/36 = 7/180. */
  const sampling = (n: number) => Math.sqrt(7 / 180 / n);

  test.each([
    ['any', 20_000],
    ['halves', 20_000],
    ['any', 'fresh'],
  ] as const)('is 1/6 within sampling error (marks %s, train_size %s)', (marks, train_size) => {
    const test_size = 20_000;
    const task = new AddingTask({ ...config, marks, train_size, test_size }, options);
    expect(Math.abs(task.baseline.mse! - 1 / 6)).toBeLessThan(5 * sampling(test_size));
  });

  test('is the mean training target, scored on the test set', () => {
    const task = new AddingTask(config, { ...options, batchSize: 50 });
    const constant = [...task.batch('train', 0).target].reduce((sum, t) => sum + t, 0) / 50;
    let squares = 0;
    for (let i = 0; i < task.batches('test'); i++) {
      for (const target of task.batch('test', i).target) squares += (target - constant) ** 2;
    }
    expect(task.baseline.mse).toBeCloseTo(squares / 300, 12);
  });
});
