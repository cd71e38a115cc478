/** Every engine on every kind of model: gradients, scores, and what a sequence must not depend on. */
import { describe, expect, test } from 'vitest';
import { UNSCORED } from '../../../src/models/batch.ts';
import {
  batchOf,
  modelOf,
  optionsOf,
  parametersOf,
  reductions,
  relativeError,
  type Shape,
  select,
} from '../fixtures.ts';
import { type Case, fields, modelsFor, odd, optionsOfCase, plainModels, tiny, wideHeads } from './cases.ts';
import { doubleGradients, toDouble } from './double-reference.ts';
import { expectGradients, expectScores, once, padded, sequenceOf, trainingSums } from './expect.ts';
import { isExact, isReference, type Subject, subjects } from './subjects.ts';

const evaluated =
  (shape: Shape) =>
  (batch = batchOf(shape)) =>
    doubleGradients(modelOf(shape), toDouble(parametersOf(modelOf(shape))), batch);

/** What several engines are compared with, by model. */
const sums = new Map<Case, ReturnType<typeof sumsOf>>();
function sumsOf(shape: Case) {
  const batch = batchOf(shape);
  const other = batchOf({ ...shape, B: 70, T: 5 });
  const training = trainingSums(optionsOf(shape), batch);
  const { live } = shape.dropout === undefined ? training : evaluated(shape)(batch);
  return { batch, other, training, live: live.size, scores: evaluated(shape)(other) };
}

describe.each(subjects)('$name', (subject) => {
  test.each(modelsFor(subject))('$name', (shape) => {
    const expected = sums.get(shape) ?? sumsOf(shape);
    sums.set(shape, expected);
    const { batch, other, training, live, scores } = expected;
    for (const [name, values] of training.gradients) expect(Math.hypot(...values), name).toBeGreaterThan(0);
    for (const lossReduction of reductions) {
      expectGradients(subject, optionsOf(shape, { lossReduction }), batch, training);
    }
    const trainer = subject.engine.create(optionsOf(shape));
    // Of any size and length, without dropout.
    expectScores(trainer.evaluate(other), other, scores, subject.tolerance.loss);
    expect(trainer.liveUnits(batch)).toBe(live);
    trainer.dispose();
  });
});

describe.each(fields)('the field $name', (one) => {
  const options = optionsOfCase(one);
  const batch = batchOf(one, { index: one.index ?? 0 });
  const sums = once(() => trainingSums(options, batch));

  test.each(subjects)('$name', (subject) => {
    expectGradients(subject, options, batch, sums());
  });
});

const fast = subjects.filter(({ engine }) => !isReference(engine));
describe.skipIf(fast.length === 0).each(odd)('$name', (shape) => {
  const batch = batchOf(shape);
  const sums = once(() => trainingSums(optionsOf(shape), batch));

  test.each(fast)('$name', (subject) => {
    expectGradients(subject, optionsOf(shape), batch, sums(), 1e-5);
    const trainer = subject.engine.create(optionsOf(shape));
    expectScores(trainer.evaluate(batch), batch, sums(), 1e-5);
    trainer.dispose();
  });
});

describe.each(wideHeads)('many classes, $name', (shape) => {
  const batches = [0, 7].map((index) => batchOf(shape, { index }));
  const sampled = optionsOf(shape, { seed: 5, softmaxSamples: 20 });
  const exact = once(() => evaluated(shape)(batches[0]));
  const sums = once(() => batches.map((batch) => trainingSums(sampled, batch)));

  test.each(subjects)('$name', (subject) => {
    const [batch] = batches as [(typeof batches)[0]];
    expectGradients(subject, optionsOf(shape), batch, exact());
    for (const [i, one] of batches.entries()) expectGradients(subject, sampled, one, sums()[i]!);
    // Evaluation is over all classes.
    const [all, sampling] = [optionsOf(shape), sampled].map((options) => subject.engine.create(options));
    expectScores(all!.evaluate(batch), batch, exact(), subject.tolerance.loss);
    expect(sampling!.evaluate(batch)).toEqual(all!.evaluate(batch));
  });
});

describe.each(plainModels)('evaluation of long sequences and of large batches: $name', (shape) => {
  const long = { ...shape, layers: 2, uneven: true };
  const batches = [batchOf({ ...long, B: 4, T: 400 }), batchOf({ ...long, B: 1003, T: 4 })];
  const scores = once(() => batches.map((batch) => evaluated(long)(batch)));

  test.skipIf(fast.length === 0).each(fast)('$name', ({ engine }) => {
    const trainer = engine.create(optionsOf(long));
    for (const [i, batch] of batches.entries())
      expectScores(trainer.evaluate(batch), batch, scores()[i]!, 1e-5);
  });
});

describe.each(subjects)('a sequence, $name', (subject) => {
  const { engine } = subject;
  // TensorFlow adds up in other orders for other shapes.
  test.skipIf(!isExact(subject)).each(modelsFor(subject).filter(({ uneven }) => uneven))(
    'depends on nothing beyond it: $name',
    (shape) => {
      const batch = batchOf(shape);
      const trainer = engine.create(optionsOf({ ...shape, T: 3 * shape.T }));
      const { loss, gradients } = trainer.gradients(batch);
      const score = trainer.evaluate(batch);
      // Neither on what it is padded with nor on how far.
      for (const steps of [batch.steps, batch.steps + 1, 3 * shape.T]) {
        const other = padded(batch, steps);
        expect(trainer.gradients(other)).toEqual({ loss, gradients });
        const { predicted, ...sums } = trainer.evaluate(other);
        expect(sums).toEqual({ targets: score.targets, loss: score.loss });
        expect(predicted?.slice(0, score.predicted!.length) ?? null).toEqual(score.predicted);
      }
      // Nor on its neighbours
      let alone = 0;
      for (const [b, steps] of batch.lengths!.entries()) {
        if (steps > 0) alone += trainer.evaluate(sequenceOf(batch, b, shape)).loss;
      }
      expect(relativeError([alone], [score.loss])).toBeLessThan(1e-6);
      trainer.dispose();
      if (shape.head === 'regression') return;
      const undropped = engine.create(optionsOf({ ...shape, dropout: 0 }));
      for (const b of [0, 2, 3, 17].filter((one) => one < batch.size)) {
        const target = Int32Array.from(batch.target, (wanted, n) =>
          n % batch.size === b ? wanted : UNSCORED,
        );
        const only = { ...batch, target, lengths: batch.lengths!.map((steps, i) => (i === b ? steps : 0)) };
        expectSame(subject, undropped.gradients({ ...batch, target }), undropped.gradients(only));
        const [padding, none] = [only, sequenceOf(batch, b, shape)].map(
          (one) => undropped.evaluate(one).loss,
        );
        if (isExact(subject)) expect(padding).toBe(none);
        else expect(relativeError([padding!], [none!])).toBeLessThan(1e-6);
      }
    },
  );

  test.each(plainModels)('adds up with the others of its batch: $name', (shape) => {
    if (shape.everyStep) return;
    const full = { ...shape, B: 16, T: 5 };
    const batch = batchOf(full);
    const parts = [
      [4, 0, 9],
      [1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15],
    ].map((sequences) => {
      const trainer = engine.create(optionsOf({ ...full, B: sequences.length }));
      return trainer.gradients(select(batch, sequences));
    });
    const whole = engine.create(optionsOf(full)).gradients(batch);
    const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
    expect(relativeError([a.loss + b.loss], [whole.loss])).toBeLessThan(1e-6);
    for (const [name, { data }] of whole.gradients) {
      const both = data.map((_, i) => a.gradients.get(name)!.data[i]! + b.gradients.get(name)!.data[i]!);
      expect(relativeError(both, data), name).toBeLessThan(1e-5);
    }
  });

  test('without a scored target has no loss and no gradient', () => {
    const shape = { ...tiny, uneven: false };
    const batch = { ...batchOf(shape), target: new Int32Array(shape.T * shape.B).fill(UNSCORED) };
    const { loss, gradients } = engine.create(optionsOf(shape, { lossReduction: 'mean' })).gradients(batch);
    expect(loss + 0).toBe(0);
    for (const { data } of gradients.values()) expect(data.every((g) => g + 0 === 0)).toBe(true);
  });

  test('is given its most probable class', () => {
    const shape: Shape = { cell: 'relu', head: 'softmax', T: 6, B: 4, I: 2, H: 4, O: 3 };
    const parameters = parametersOf(modelOf(shape));
    parameters.get('head.weight')!.data.fill(0);
    parameters.get('head.bias')!.data.set([0, 5, 0]);
    const batch = { ...batchOf(shape), target: Int32Array.of(1, 0, 1, 2) };
    const { predicted } = engine.create(optionsOf(shape, { parameters })).evaluate(batch);
    expect(predicted).toEqual(Int32Array.of(1, 1, 1, 1));
  });

  test('counts for the live units, over layers and directions, at steps within it', () => {
    const shape: Shape = {
      cell: 'relu',
      head: 'regression',
      ...{ T: 6, B: 4, I: 2, H: 4, O: 3 },
      layers: 2,
      bidirectional: true,
      dropout: 0.9,
    };
    const parameters = parametersOf(modelOf(shape));
    parameters.get('rnn.bias_ih_l0')!.data.set([1, 1, 1, -1000]);
    parameters.get('rnn.bias_ih_l0_reverse')!.data.set([1, -1000, 1, -1000]);
    parameters.get('rnn.bias_ih_l1')!.data.fill(-1000);
    parameters.get('rnn.bias_ih_l1_reverse')!.data.fill(1);
    const trainer = engine.create(optionsOf(shape, { parameters }));
    expect(trainer.liveUnits(batchOf(shape))).toBe(3 + 2 + 0 + 4);
    expect(trainer.liveUnits({ ...batchOf(shape), lengths: new Int32Array(4) })).toBe(0);
    const tanh: Shape = { cell: 'tanh', head: 'regression', T: 6, B: 4, I: 2, H: 4, O: 3 };
    expect(engine.create(optionsOf(tanh)).liveUnits(batchOf(tanh))).toBe(4);
  });
});

type Gradients = ReturnType<ReturnType<Subject['engine']['create']>['gradients']>;

/** To the bit, where the engine is so exact. */
function expectSame(subject: Subject, found: Gradients, expected: Gradients): void {
  if (isExact(subject)) {
    expect(found).toEqual(expected);
    return;
  }
  expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-6);
  for (const [name, { data }] of expected.gradients) {
    expect(relativeError(found.gradients.get(name)!.data, data), name).toBeLessThan(
      subject.tolerance.gradient,
    );
  }
}
