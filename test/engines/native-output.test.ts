/** The native engine's output layer over many classes and its tables with sparse gradients. */
import { describe, expect, test } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import { type Batch, UNSCORED, wholeSequences } from '../../src/models/batch.ts';
import { ClassSampler } from '../../src/models/sampled-softmax.ts';
import { Philox, Stream } from '../../src/support/philox.ts';
import { doubleGradients, toDouble } from './double-reference.ts';
import {
  batchOf,
  clips,
  describeOptimizer,
  modelOf,
  optimizers,
  optionsOf,
  parametersOf,
  relativeError,
  type Shape,
} from './fixtures.ts';
import { engineOn, kernelSets } from './kernel-sets.ts';

const instructionSets = kernelSets;
const reference = await referenceRoom.load();

/** A language model: tokens in, a class for every step out. */
const tiny: Shape = {
  cell: 'tanh',
  head: 'softmax',
  everyStep: true,
  uneven: true,
  T: 4,
  B: 5,
  I: 3,
  H: 9,
  O: 37,
  vocabulary: 41,
};
const shapes: readonly (Shape & { name: string })[] = [
  { ...tiny, name: 'fewer classes than a block' },
  { ...tiny, O: 1_000, T: 5, B: 19, name: 'many blocks of classes' },
  { ...tiny, O: 128, projection: 5, name: 'a block exactly, behind a projection' },
  { ...tiny, T: 35, B: 40, uneven: false, name: 'more positions than are kept at a time' },
  { ...tiny, everyStep: false, O: 300, B: 70, name: 'after the last step' },
  {
    ...tiny,
    cell: 'lstm',
    bidirectional: true,
    O: 129,
    name: 'one class more than a block, both directions',
  },
];

describe.each(instructionSets)('%s', (instructionSet) => {
  const native = engineOn(instructionSet);

  describe.each(shapes)('$name', (shape) => {
    const model = modelOf(shape);
    const parameters = parametersOf(model);
    const batch = batchOf(shape);

    test('gradients and scores equal those in double precision', () => {
      const expected = doubleGradients(model, toDouble(parameters), batch);
      const trainer = native.create(optionsOf(shape));
      const { loss, gradients } = trainer.gradients(batch);
      expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-6);
      for (const [name, values] of expected.gradients) {
        expect(relativeError(gradients.get(name)!.data, values), name).toBeLessThan(1e-5);
      }
      const scores = trainer.evaluate(batch);
      const scored = (_: number, n: number) => batch.target[n] !== UNSCORED;
      expect(scores.targets).toBe(expected.targets);
      expect(relativeError([scores.loss], [expected.loss])).toBeLessThan(1e-6);
      expect(scores.predicted!.filter(scored)).toEqual(expected.predicted.filter(scored));
    });

    test('gradients of a sampled softmax equal those in double precision, and evaluation stays exact', () => {
      const options = optionsOf(shape, { seed: 5, softmaxSamples: 20 });
      const trainer = native.create(options);
      for (const index of [0, 7]) {
        const batch = batchOf(shape, { index });
        const sample = new ClassSampler(5, shape.O, 20).sample(index, batch.target as Int32Array);
        const expected = doubleGradients(model, toDouble(parameters), batch, { sample });
        const { loss, gradients } = trainer.gradients(batch);
        expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-6);
        for (const [name, values] of expected.gradients) {
          expect(relativeError(gradients.get(name)!.data, values), name).toBeLessThan(1e-5);
        }
      }
      const exact = native.create(optionsOf(shape));
      expect(trainer.evaluate(batch)).toEqual(exact.evaluate(batch));
    });
  });

  describe.each([null, 12])('rows of tables, %s samples', (softmaxSamples) => {
    test.each(
      optimizers.flatMap((optimizer) =>
        clips.map((clip) => ({ optimizer, clip, name: `${describeOptimizer(optimizer)}, ${clip?.mode}` })),
      ),
    )(
      'five updates equal those of the reference, which knows no sparse gradients: $name',
      ({ optimizer, clip }) => {
        const options = optionsOf(tiny, { optimizer, clip, softmaxSamples, lossReduction: 'mean' });
        const [expected, found] = [reference.create(options), native.create(options)];
        for (let index = 0; index < 5; index++) {
          const batch = fewTokens(batchOf(tiny, { index }));
          const [one, other] = [expected.step(batch, 0.01), found.step(batch, 0.01)];
          expect(other).toMatchObject({ clipped: one.clipped, skipped: false });
          expect(relativeError([other.loss], [one.loss])).toBeLessThan(1e-5);
          expect(relativeError([other.gradientNorm], [one.gradientNorm])).toBeLessThan(1e-5);
        }
        for (const [name, { data }] of expected.parameters()) {
          expect(relativeError(found.parameters().get(name)!.data, data), name).toBeLessThan(1e-5);
        }
        const [slots, wanted] = [found.state().slots, expected.state().slots];
        expect([...slots.keys()]).toEqual([...wanted.keys()]);
        for (const [name, { data }] of wanted) {
          expect(relativeError(slots.get(name)!.data, data), name).toBeLessThan(1e-4);
        }
      },
    );
  });

  test('rows that a batch does not touch are left alone, to the bit', () => {
    const trainer = native.create(optionsOf(tiny, { softmaxSamples: 12 }));
    const batch = fewTokens(batchOf(tiny));
    const before = trainer.parameters();
    trainer.step(batch, 0.1);
    const after = trainer.parameters();
    const changed = (name: string) => {
      const [{ shape, data }, old] = [after.get(name)!, before.get(name)!.data];
      const rows = [...data.keys()]
        .filter((i) => data[i] !== old[i])
        .map((i) => Math.floor(i / (shape[1] ?? 1)));
      return [...new Set(rows)].sort((a, b) => a - b);
    };
    const read = new Set(
      batch.x_TIB.filter(
        (_: number, n: number) => Math.floor(n / batch.size) < batch.lengths![n % batch.size]!,
      ),
    );
    expect(changed('embedding.weight')).toEqual([...read].sort((a, b) => a - b));
    const { classes } = new ClassSampler(1, tiny.O, 12).sample(0, batch.target as Int32Array);
    expect(changed('head.weight')).toEqual([...classes].sort((a, b) => a - b));
    expect(changed('head.bias')).toEqual([...classes].sort((a, b) => a - b));
  });

  test.skipIf(native.info.engine === 'wasm').each([null, 90])(
    'threads do not change a bit (%s samples)',
    (softmaxSamples) => {
      const shape: Shape = { ...tiny, O: 700, T: 12, B: 37, projection: 7 };
      const results = [1, 2, 3].map((threads) => {
        const trainer = engineOn(instructionSet, threads).create(
          optionsOf(shape, { softmaxSamples, clip: { mode: 'norm', threshold: 0.05 } }),
        );
        const steps = [0, 1, 2].map((index) => trainer.step(batchOf(shape, { index }), 0.1));
        const result = { steps, parameters: trainer.parameters(), scores: trainer.evaluate(batchOf(shape)) };
        trainer.dispose();
        return result;
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    },
  );
});

test('training on samples lowers the loss over all classes almost as training on all does', () => {
  const V = 300;
  const shape: Shape = { ...tiny, uneven: false, T: 8, B: 16, I: 16, H: 16, O: V, vocabulary: V };
  // Words by Zipf's law; three in four decide their successor.
  const words = (index: number): Batch => {
    const random = new Philox(9, Stream.dataTrain, index);
    const word = () => Math.floor((V + 1) ** (random.uint32() * 2 ** -32)) - 1;
    const x_TIB = Int32Array.from({ length: 8 * 16 }, word);
    const target = x_TIB.map((token) => (random.below(4) === 0 ? word() : (7 * token + 3) % V));
    return wholeSequences({ size: 16, steps: 8, x_TIB, target }, index);
  };
  const losses = [null, 60].map((softmaxSamples) => {
    const clip = { mode: 'norm', threshold: 1 } as const;
    const trainer = nativeRoom
      .load()
      .create(optionsOf(shape, { softmaxSamples, clip, lossReduction: 'mean' }));
    for (let index = 0; index < 3_000; index++) trainer.step(words(index), 1);
    const { loss, targets } = trainer.evaluate(words(1e6));
    return loss / targets;
  });
  // A uniform guess costs log 300 = 5.7.
  expect(losses[0]).toBeLessThan(3);
  expect(losses[1]).toBeLessThan(losses[0]! + 0.3);
});

/** Tokens from the first few words of the vocabulary, so that most rows of the embedding are not touched. */
function fewTokens(batch: Batch): Batch {
  return { ...batch, x_TIB: Int32Array.from(batch.x_TIB, (token) => token % 6) };
}
