import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { type Batch, UNSCORED, wholeSequences } from '../../src/models/batch.ts';
import { ClassSampler, logExpectedCount, softmaxSamples } from '../../src/models/sampled-softmax.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { Philox, Stream } from '../../src/support/philox.ts';
import { tiny } from '../engines/conformance/cases.ts';
import { optionsOf, type Shape } from '../engines/fixtures.ts';

const noTargets = new Int32Array(0);

// From an implementation in Python that shares nothing with this one
test('known samples: these must never change, or runs would not repeat', () => {
  const sample = new ClassSampler(7, 1_000, 8).sample(3, Int32Array.of(5, UNSCORED, 900, 5));
  expect([...sample.classes]).toEqual([0, 5, 14, 71, 119, 129, 331, 372, 900]);
  expect(sample.candidates).toBe(8);
  expect([...sample.target]).toEqual([1, UNSCORED, 8, 1]);
  const expected = [
    -0.56073505, -1.80081405, -2.62645878, -4.14390283, -4.64919482, -4.72859717, -5.66151044,
  ];
  for (const [i, value] of expected.entries()) expect(sample.logExpected[i]).toBeCloseTo(value, 6);
  const far = new ClassSampler(2 ** 32 - 1, 800_000, 6).sample(2 ** 33 + 5, noTargets);
  expect([...far.classes]).toEqual([39, 997, 3431, 6131, 89354, 763326]);
});

test('candidates differ from each other, and every target has its place', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 300 }),
      fc.nat(1_000),
      fc.array(fc.nat(10_000), { maxLength: 40 }),
      (classes, index, numbers) => {
        const samples = 1 + (numbers.length % (classes - 1));
        const target = Int32Array.from(numbers, (n) => (n % 5 === 0 ? UNSCORED : n % classes));
        const sampler = new ClassSampler(1, classes, samples);
        const sample = sampler.sample(index, target);
        expect(sample.candidates).toBe(samples);
        expect(new Set(sample.classes).size).toBe(sample.classes.length);
        expect(sample.classes.every((c) => c >= 0 && c < classes)).toBe(true);
        const [candidates, others] = [sample.classes.slice(0, samples), sample.classes.slice(samples)];
        expect(candidates).toEqual(candidates.toSorted());
        expect(others).toEqual(others.toSorted());
        const back = sample.target.map((place) => (place === UNSCORED ? UNSCORED : sample.classes[place]!));
        expect(back).toEqual(target);
        expect(others.every((c) => target.includes(c))).toBe(true);
        // Nothing is remembered.
        sampler.sample(index + 1, target);
        expect(sampler.sample(index, target)).toEqual(sample);
        // Targets do not change what is drawn.
        expect(sampler.sample(index, noTargets).classes).toEqual(candidates);
      },
    ),
  );
});

test('classes are drawn as often as expected', () => {
  const [classes, samples, rounds] = [200, 20, 4_000];
  const sampler = new ClassSampler(3, classes, samples);
  const found = new Float64Array(classes);
  const expected = new Float64Array(classes);
  for (let index = 0; index < rounds; index++) {
    const all = Int32Array.from({ length: classes }, (_, c) => c);
    const { classes: list, candidates, logExpected } = sampler.sample(index, all);
    for (const [i, c] of list.entries()) {
      expected[c]! += Math.exp(logExpected[i]!);
      if (i < candidates) found[c]! += 1;
    }
  }
  // The number of draws depends on what is drawn, so the two differ by a little more than chance.
  for (let c = 0; c < classes; c++) {
    const slack = 5 * Math.sqrt(expected[c]!) + 0.03 * expected[c]!;
    expect(Math.abs(found[c]! - expected[c]!), `class ${c}`).toBeLessThan(slack);
  }
});

test('expected counts are those of the log-uniform distribution', () => {
  const classes = 50;
  const once = Array.from({ length: classes }, (_, c) => Math.exp(logExpectedCount(c, classes, 1)));
  expect(once.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect(once[4]! / once[9]!).toBeCloseTo(Math.log(6 / 5) / Math.log(11 / 10), 12);
  for (const c of [0, 7, 49]) {
    expect(Math.exp(logExpectedCount(c, classes, 30))).toBeCloseTo(1 - (1 - once[c]!) ** 30, 12);
  }
});

describe('training.softmax_samples', () => {
  const softmax = (size: number) => ({ kind: 'softmax', size, at: 'every-step' }) as const;
  const regression = { kind: 'regression', size: 1, at: 'last-step' } as const;

  test('auto is exact up to 50,000 classes', () => {
    expect(softmaxSamples('auto', softmax(50_000))).toBeNull();
    expect(softmaxSamples('auto', softmax(50_001))).toBe(8_192);
    expect(softmaxSamples('auto', regression)).toBeNull();
    expect(softmaxSamples(null, softmax(800_000))).toBeNull();
    expect(softmaxSamples(9, softmax(10))).toBe(9);
  });

  test.each([
    [10, softmax(10), 'a softmax over 10 classes'],
    [5, regression, 'regression'],
  ])('%i samples mean nothing for %j', (samples, head, description) => {
    expect(() => softmaxSamples(samples, head)).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.badConfig,
        message: expect.stringContaining(
          `training.softmax_samples: ${samples} means nothing for ${description}`,
        ),
      }),
    );
  });
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
