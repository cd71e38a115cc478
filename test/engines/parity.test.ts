/** The native engine against the reference: every gradient tensor, then parameters after updates. */
import { describe, expect, test } from 'vitest';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import {
  batchOf,
  cells,
  clips,
  describeOptimizer,
  heads,
  modelOf,
  optimizers,
  optionsOf,
  parametersOf,
  reductions,
  relativeError,
  type Shape,
} from './fixtures.ts';
import { engineOn, kernelSets } from './kernel-sets.ts';

const reference = await referenceRoom.load();
const instructionSets = kernelSets;

type Sizes = Omit<Shape, 'cell' | 'head'>;

/** Small, because the reference repeats every update of every rule. */
const small: Sizes = { T: 4, B: 4, I: 2, H: 9, O: 3 };

/** Full and partial vectors in every dimension: batches of 16, of fewer, of more; odd numbers of units. */
const shapes: readonly Sizes[] = [
  { T: 12, B: 16, I: 2, H: 32, O: 2 },
  { T: 7, B: 5, I: 3, H: 13, O: 4 },
  { T: 9, B: 19, I: 1, H: 21, O: 10 },
  { T: 1, B: 1, I: 1, H: 1, O: 2 },
];

test('the native engine is built', () => {
  expect(instructionSets.length).toBeGreaterThan(1);
});

describe.each(instructionSets)('%s', (instructionSet) => {
  const native = engineOn(instructionSet);

  describe.each(cells)('%s', (cell) => {
    describe.each(heads)('%s', (head) => {
      test.each(shapes)('gradients, T $T, B $B, I $I, H $H, O $O', (sizes) => {
        const shape: Shape = { cell, head, ...sizes };
        const batch = batchOf(shape);
        for (const lossReduction of reductions) {
          const options = optionsOf(shape, { lossReduction });
          const expected = reference.create(options).gradients(batch);
          const found = native.create(options).gradients(batch);
          expect(Math.abs(found.loss - expected.loss)).toBeLessThanOrEqual(1e-5 * Math.abs(expected.loss));
          for (const [name, { data }] of expected.gradients) {
            expect(
              relativeError(found.gradients.get(name)!.data, data),
              `${lossReduction} ${name}`,
            ).toBeLessThan(1e-5);
          }
        }
      });

      test('evaluation of batches of any size, and live units', () => {
        const shape: Shape = { cell, head, ...shapes[1]! };
        const [one, other] = [reference.create(optionsOf(shape)), native.create(optionsOf(shape))];
        for (const B of [1, 16, 37]) {
          const batch = batchOf({ ...shape, B });
          const expected = one.evaluate(batch);
          const found = other.evaluate(batch);
          expect(found).toMatchObject({ targets: B, predicted: expected.predicted });
          expect(Math.abs(found.loss - expected.loss)).toBeLessThanOrEqual(1e-5 * Math.abs(expected.loss));
        }
        const batch = batchOf(shape);
        expect(other.liveUnits(batch)).toBe(one.liveUnits(batch));
      });

      test.each(
        optimizers
          .flatMap((optimizer) => clips.map((clip) => ({ optimizer, clip })))
          .map(({ optimizer, clip }) => ({
            optimizer,
            clip,
            name: `${describeOptimizer(optimizer)}, ${clip === null ? 'no clipping' : `clipping by ${clip.mode}`}`,
          })),
      )('five updates: $name', ({ optimizer, clip }) => {
        const shape: Shape = { cell, head, ...small };
        const options = optionsOf(shape, { optimizer, clip, lossReduction: 'mean' });
        const trainers = [reference, native].map((engine) => engine.create(options));
        for (let index = 0; index < 5; index++) {
          const batch = batchOf(shape, { index });
          const [expected, found] = trainers.map((trainer) => trainer.step(batch, 0.002));
          expect(found).toMatchObject({ clipped: expected!.clipped, skipped: expected!.skipped });
          expect(Math.abs(found!.loss - expected!.loss)).toBeLessThanOrEqual(1e-5 * expected!.loss);
          expect(Math.abs(found!.gradientNorm - expected!.gradientNorm)).toBeLessThanOrEqual(
            1e-5 * expected!.gradientNorm,
          );
          expect(found!.clipped).toBe(clip !== null);
        }
        const [expected, found] = trainers;
        for (const [name, { data }] of expected!.parameters()) {
          expect(relativeError(found!.parameters().get(name)!.data, data), name).toBeLessThan(1e-5);
        }
        const slots = found!.state().slots;
        expect([...slots.keys()]).toEqual([...expected!.state().slots.keys()]);
        expect(found!.state().updates).toBe(5);
        for (const [name, { data }] of expected!.state().slots) {
          expect(relativeError(slots.get(name)!.data, data), name).toBeLessThan(1e-4);
        }
      });
    });
  });

  test('a gradient that is not finite is skipped by both', () => {
    const shape: Shape = { cell: 'relu', head: 'regression', ...shapes[0]! };
    const batch = batchOf(shape);
    batch.x_TIB[0] = Number.POSITIVE_INFINITY;
    for (const engine of [reference, native]) {
      const trainer = engine.create(optionsOf(shape));
      expect(trainer.step(batch, 0.1)).toMatchObject({ skipped: true, clipped: false });
      expect(trainer.parameters()).toEqual(parametersOf(modelOf(shape)));
      expect(trainer.state().updates).toBe(0);
    }
  });

  test('a trainer continues on one engine what the other began', () => {
    const shape: Shape = { cell: 'lstm', head: 'regression', ...shapes[0]! };
    const options = optionsOf(shape, { optimizer: optimizers[3]! });
    const first = native.create(options);
    first.step(batchOf(shape), 0.002);
    const second = reference.create(options);
    second.load(first.parameters(), first.state());
    first.step(batchOf(shape, { index: 2 }), 0.002);
    second.step(batchOf(shape, { index: 2 }), 0.002);
    for (const [name, { data }] of second.parameters()) {
      expect(relativeError(first.parameters().get(name)!.data, data), name).toBeLessThan(1e-5);
    }
  });
});
