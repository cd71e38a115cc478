/** The tensorflow engine on TensorFlow's CPU against the reference: every gradient tensor of every kind of model. */
import { describe, expect, test } from 'vitest';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import {
  batchOf,
  cells,
  features,
  heads,
  optionsOf,
  reductions,
  relativeError,
  type Shape,
} from '../engines/fixtures.ts';
import { engine } from './engine.ts';

const reference = await referenceRoom.load();
const sizes = { T: 7, B: 5, I: 3, H: 8, O: 4 };

const plain = cells.flatMap((cell) => [
  ...heads.map((head): Shape & { name: string } => ({ name: 'last step', cell, head, ...sizes })),
  { name: 'every step', cell, head: 'softmax' as const, everyStep: true, ...sizes },
]);
const models = plain.flatMap((model) => [
  model,
  ...features.map((feature) => ({ ...model, ...feature, name: `${model.name}, ${feature.name}` })),
]);

describe.skipIf(engine === null).each(models)('$cell, $head, $name', (shape) => {
  test('gradients', () => {
    const batch = batchOf(shape);
    for (const lossReduction of reductions) {
      const options = optionsOf(shape, { lossReduction });
      const expected = reference.create(options).gradients(batch);
      const found = engine!.create(options).gradients(batch);
      expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5);
      expect([...found.gradients.keys()]).toEqual([...expected.gradients.keys()]);
      for (const [name, { shape, data }] of expected.gradients) {
        expect(found.gradients.get(name)!.shape, name).toEqual(shape);
        expect(relativeError(found.gradients.get(name)!.data, data), name).toBeLessThan(1e-5);
      }
    }
  });

  test('evaluation of any size and length, and live units', () => {
    const [one, other] = [reference.create(optionsOf(shape)), engine!.create(optionsOf(shape))];
    const batch = batchOf({ ...shape, B: 9, T: 11 });
    const [expected, found] = [one.evaluate(batch), other.evaluate(batch)];
    expect(found.targets).toBe(expected.targets);
    expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5);
    const scored = (_: number, n: number) => batch.target[n] !== -1;
    expect(found.predicted?.filter(scored)).toEqual(expected.predicted?.filter(scored));
    expect(other.liveUnits(batch)).toBe(one.liveUnits(batch));
  });
});

/** Few samples, so that targets are often not among them; many, so that they often are. */
const samples = [3, 25].flatMap((softmaxSamples) =>
  [false, true].map((everyStep) => ({ softmaxSamples, everyStep })),
);

describe.skipIf(engine === null).each(samples)(
  'a sampled softmax, $softmaxSamples classes, every step: $everyStep',
  ({ softmaxSamples, everyStep }) => {
    const shape: Shape = {
      ...sizes,
      cell: 'tanh',
      head: 'softmax',
      O: 30,
      everyStep,
      uneven: true,
      projection: 3,
      vocabulary: 11,
    };
    const options = optionsOf(shape, { softmaxSamples });

    test('gradients', () => {
      for (const index of [0, 1, 2]) {
        const batch = batchOf(shape, { index });
        const expected = reference.create(options).gradients(batch);
        const found = engine!.create(options).gradients(batch);
        expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5);
        for (const [name, { data }] of expected.gradients) {
          expect(relativeError(found.gradients.get(name)!.data, data), name).toBeLessThan(1e-5);
        }
        // Other than of all classes.
        const exact = engine!.create(optionsOf(shape)).gradients(batch);
        expect(relativeError([exact.loss], [expected.loss])).toBeGreaterThan(1e-3);
      }
    });

    test('evaluation is over all classes', () => {
      const [sampled, exact] = [options, optionsOf(shape)].map((one) => engine!.create(one));
      expect(sampled!.evaluate(batchOf(shape))).toEqual(exact!.evaluate(batchOf(shape)));
    });
  },
);
