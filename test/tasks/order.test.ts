import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrainingOrder } from '../../src/tasks/batching.ts';

test('every epoch visits every element exactly once, whatever the size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 60 }), (seed, size) => {
      const order = new TrainingOrder(seed, size);
      for (let epoch = 0; epoch < 4; epoch++) {
        const visited = Array.from({ length: size }, (_, i) => order.element(epoch * size + i));
        expect([...visited].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      }
    }),
    { numRuns: 50 },
  );
});

test('an element depends on its position alone, not on what was asked before', () => {
  const forwards = new TrainingOrder(3, 50);
  const expected = Array.from({ length: 250 }, (_, position) => forwards.element(position));
  const backwards = new TrainingOrder(3, 50);
  for (let position = 249; position >= 0; position--) {
    expect(backwards.element(position)).toBe(expected[position]);
  }
});

test('epochs and seeds differ', () => {
  const epoch = (order: TrainingOrder, n: number) =>
    Array.from({ length: 100 }, (_, i) => order.element(100 * n + i));
  const order = new TrainingOrder(1, 100);
  expect(epoch(order, 0)).not.toEqual(epoch(order, 1));
  expect(epoch(order, 0)).not.toEqual(epoch(order, 2));
  expect(epoch(order, 0)).not.toEqual(epoch(new TrainingOrder(2, 100), 0));
});

test('data without end is visited in order', () => {
  const order = new TrainingOrder(1, Infinity);
  expect(order.element(0)).toBe(0);
  expect(order.element(2 ** 40)).toBe(2 ** 40);
});
