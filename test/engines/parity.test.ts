/** The native engine against the reference: every gradient tensor, then parameters after updates. */
import { describe, expect, test } from 'vitest';
import type { Engine, Trainer, TrainerOptions } from '../../src/engines/engine.ts';
import { loadNativeEngine, type NativeOptions, nativeAvailability } from '../../src/engines/native.ts';
import { loadReferenceEngine } from '../../src/engines/reference.ts';
import {
  cells,
  clips,
  describeOptimizer,
  heads,
  modelOf,
  optimizers,
  randomBatch,
  randomParameters,
  reductions,
  relativeError,
  type Shape,
} from './fixtures.ts';

const reference = await loadReferenceEngine();
const { instructionSets } = nativeAvailability();

/** Small, because the reference repeats every update of every rule. */
const small: Shape = { T: 4, B: 4, I: 2, H: 9, O: 3 };

/** Full and partial vectors in every dimension: batches of 16, of fewer, of more; odd numbers of units. */
const shapes: readonly Shape[] = [
  { T: 12, B: 16, I: 2, H: 32, O: 2 },
  { T: 7, B: 5, I: 3, H: 13, O: 4 },
  { T: 9, B: 19, I: 1, H: 21, O: 10 },
  { T: 1, B: 1, I: 1, H: 1, O: 2 },
];

function create(
  engine: Engine,
  model: TrainerOptions['model'],
  shape: Shape,
  changes: Partial<TrainerOptions>,
): Trainer {
  return engine.create({
    model,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: null,
    lossReduction: 'mean',
    batchSize: shape.B,
    steps: shape.T,
    parameters: randomParameters(model),
    seed: 1,
    ...changes,
  });
}

test('the native engine is built', () => {
  expect(instructionSets.length).toBeGreaterThan(0);
});

describe.each(instructionSets)('%s', (instructionSet) => {
  const native = loadNativeEngine({ instructionSet: instructionSet as NativeOptions['instructionSet'] });

  describe.each(cells)('%s', (cell) => {
    describe.each(heads)('%s', (head) => {
      test.each(shapes)('gradients, T $T, B $B, I $I, H $H, O $O', (shape) => {
        const model = modelOf(cell, head, shape);
        const batch = randomBatch(model, shape);
        for (const lossReduction of reductions) {
          const expected = create(reference, model, shape, { lossReduction }).gradients(batch);
          const found = create(native, model, shape, { lossReduction }).gradients(batch);
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
        const shape = shapes[1]!;
        const model = modelOf(cell, head, shape);
        const one = create(reference, model, shape, {});
        const other = create(native, model, shape, {});
        for (const B of [1, 16, 37]) {
          const batch = randomBatch(model, { ...shape, B });
          const expected = one.evaluate(batch);
          const found = other.evaluate(batch);
          expect(found).toMatchObject({ targets: B, predicted: expected.predicted });
          expect(Math.abs(found.loss - expected.loss)).toBeLessThanOrEqual(1e-5 * Math.abs(expected.loss));
        }
        const batch = randomBatch(model, shape);
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
        const model = modelOf(cell, head, small);
        const trainers = [reference, native].map((engine) =>
          create(engine, model, small, { optimizer, clip }),
        );
        for (let index = 0; index < 5; index++) {
          const batch = randomBatch(model, small, index);
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
    const shape = shapes[0]!;
    const model = modelOf('relu', 'regression', shape);
    const batch = randomBatch(model, shape);
    batch.x_TIB[0] = Number.POSITIVE_INFINITY;
    for (const engine of [reference, native]) {
      const trainer = create(engine, model, shape, {});
      expect(trainer.step(batch, 0.1)).toMatchObject({ skipped: true, clipped: false });
      expect(trainer.parameters()).toEqual(randomParameters(model));
      expect(trainer.state().updates).toBe(0);
    }
  });

  test('a trainer continues on one engine what the other began', () => {
    const shape = shapes[0]!;
    const model = modelOf('lstm', 'regression', shape);
    const optimizer = optimizers[3]!;
    const first = create(native, model, shape, { optimizer });
    first.step(randomBatch(model, shape), 0.002);
    const second = create(reference, model, shape, { optimizer });
    second.load(first.parameters(), first.state());
    first.step(randomBatch(model, shape, 2), 0.002);
    second.step(randomBatch(model, shape, 2), 0.002);
    for (const [name, { data }] of second.parameters()) {
      expect(relativeError(first.parameters().get(name)!.data, data), name).toBeLessThan(1e-5);
    }
  });
});
