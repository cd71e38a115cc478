/** The native engine on stacks, both directions, lengths, projection, embedding, dropout, carried state and heads at every step. */
import { describe, expect, test } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { type Batch, UNSCORED, wholeSequences } from '../../src/models/batch.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { expectStatesTakenOver } from './carried-states.ts';
import { doubleGradients, toDouble } from './double-reference.ts';
import {
  batchOf,
  cells,
  features,
  heads,
  modelOf,
  optimizers,
  optionsOf,
  parametersOf,
  relativeError,
  type Shape,
} from './fixtures.ts';
import { engineOn, kernelSets } from './kernel-sets.ts';

const instructionSets = kernelSets;

/** Partial vectors in every dimension, more than one vector of sequences. */
const sizes = { T: 9, B: 19, I: 3, H: 17, O: 5 };

const models = cells.flatMap((cell) => [
  ...heads.map((head): Shape & { name: string } => ({ name: 'last step', cell, head, ...sizes })),
  { name: 'every step', cell, head: 'softmax' as const, everyStep: true, ...sizes },
]);
const everyModel = models.flatMap((model) =>
  features.map((feature) => ({ ...model, ...feature, name: `${model.name}, ${feature.name}` })),
);
const carrying = models.flatMap((model) => [
  { ...model, layers: 2, uneven: true, name: `${model.name}, a stack, lengths` },
  { ...model, vocabulary: 7, dropout: 0.3, name: `${model.name}, an embedding, dropout` },
]);

describe.each(instructionSets)('%s', (instructionSet) => {
  const engine = engineOn(instructionSet);
  const create = (shape: Shape, changes = {}) => engine.create(optionsOf(shape, changes));

  describe.each([...models, ...everyModel])('$cell, $head, $name', (shape) => {
    const model = modelOf(shape);
    const parameters = parametersOf(model);

    test('gradients equal those in double precision', () => {
      const batch = batchOf(shape);
      const expected = doubleGradients(model, toDouble(parameters), batch, { seed: 1 });
      const { loss, gradients } = create(shape).gradients(batch);
      expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-6);
      expect([...gradients.keys()]).toEqual([...parameters.keys()]);
      for (const [name, values] of expected.gradients) {
        expect(relativeError(gradients.get(name)!.data, values), name).toBeLessThan(1e-5);
      }
    });

    test('evaluation sums over a batch of any size and length, without dropout', () => {
      const [B, T] = [70, 5];
      const other = batchOf({ ...shape, B, T });
      const expected = doubleGradients(model, toDouble(parameters), other);
      const scores = create(shape).evaluate(other);
      expect(scores.targets).toBe(expected.targets);
      expect(relativeError([scores.loss], [expected.loss])).toBeLessThan(1e-6);
      if (shape.head === 'regression') expect(scores.predicted).toBeNull();
      else {
        const scored = (_: number, n: number) => other.target[n] !== UNSCORED;
        expect(scores.predicted!.filter(scored)).toEqual(expected.predicted.filter(scored));
      }
    });
  });

  test.each(models)('evaluation goes through long sequences in windows: $cell, $head, $name', (shape) => {
    const long = { ...shape, layers: 2, uneven: true };
    const batch = batchOf({ ...long, B: 4, T: 400 });
    const expected = doubleGradients(modelOf(long), toDouble(parametersOf(modelOf(long))), batch);
    const scores = create(long).evaluate(batch);
    expect(scores.targets).toBe(expected.targets);
    expect(relativeError([scores.loss], [expected.loss])).toBeLessThan(1e-5);
  });

  describe.each(everyModel.filter(({ uneven }) => uneven))('a sequence: $cell, $head, $name', (shape) => {
    test('depends neither on what it is padded with nor on how far', () => {
      const batch = batchOf(shape);
      const long = { ...shape, T: 3 * shape.T };
      const trainer = create(long);
      const { loss, gradients } = trainer.gradients(batch);
      const score = trainer.evaluate(batch);
      for (const steps of [batch.steps, batch.steps + 1, long.T]) {
        const other = padded(batch, steps, shape.vocabulary ? -5 : Number.NaN);
        expect(trainer.gradients(other)).toEqual({ loss, gradients });
        const { predicted, ...sums } = trainer.evaluate(other);
        expect(sums).toEqual({ targets: score.targets, loss: score.loss });
        expect(predicted?.slice(0, score.predicted!.length) ?? null).toEqual(score.predicted);
      }
    });

    test('does not depend on its neighbours', () => {
      const batch = batchOf(shape);
      const trainer = create({ ...shape, dropout: 0 });
      for (const b of [0, 4, 17]) {
        const alone = { ...batch, lengths: batch.lengths!.map((steps, i) => (i === b ? steps : 0)) };
        const ofOthers = (n: number) => n % batch.size !== b;
        const target =
          shape.head === 'regression'
            ? batch.target
            : Int32Array.from(batch.target, (wanted, n) => (ofOthers(n) ? UNSCORED : wanted));
        const [among, only] = [
          { ...batch, target },
          { ...alone, target },
        ];
        if (shape.head !== 'regression') expect(trainer.gradients(among)).toEqual(trainer.gradients(only));
        const first = trainer.evaluate(sequenceOf(batch, b, shape)).loss;
        expect(trainer.evaluate(only).loss).toBe(first);
      }
    });
  });

  describe.each(carrying)('carried state: $cell, $head, $name', (shape) => {
    const model = modelOf(shape);

    test('is taken over without a gradient', () => {
      expectStatesTakenOver(create(shape), shape, 1e-5);
    });

    test('is saved: training continues bit for bit, past a step that is skipped', () => {
      const options = optionsOf(shape, { optimizer: optimizers[3]! });
      const bad = { ...batchOf(shape, { index: 2, carry: true }) };
      if (bad.x_TIB instanceof Float32Array) bad.x_TIB.fill(Number.NaN);
      const trainer = engine.create(options);
      trainer.step(batchOf(shape), 0.01);
      trainer.step(batchOf(shape, { index: 1, carry: true }), 0.01);
      const resumed = engine.create(optionsOf(shape, { ...options, parameters: parametersOf(model, 2) }));
      resumed.load(trainer.parameters(), trainer.state());
      const next = [bad, batchOf(shape, { index: 3, carry: true }), batchOf(shape, { index: 4 })];
      for (const batch of next) expect(resumed.step(batch, 0.01)).toEqual(trainer.step(batch, 0.01));
      expect(resumed.parameters()).toEqual(trainer.parameters());
      expect(resumed.state()).toEqual(trainer.state());
    });

    test('evaluation carries a state of its own', () => {
      const evaluated = { ...shape, B: 70, T: 5, dropout: 0 };
      const [first, second] = [batchOf(evaluated), batchOf(evaluated, { index: 1, carry: true })];
      const trainer = create(shape);
      const double = toDouble(trainer.parameters());
      const { final } = doubleGradients(model, double, first);
      const expected = doubleGradients(model, double, second, { initial: final });
      trainer.evaluate(first);
      trainer.step(batchOf(shape), 0);
      expect(relativeError([trainer.evaluate(second).loss], [expected.loss])).toBeLessThan(1e-6);
      expect(() => trainer.evaluate(batchOf({ ...shape, B: 3 }, { carry: true }))).toThrow(
        'cannot go on where one of 70 ended',
      );
    });
  });
});

/** The same batch with more steps, and with `rubbish` beyond the end of every sequence. */
function padded(batch: Batch, steps: number, rubbish: number): Batch {
  const { size: B } = batch;
  const I = batch.x_TIB.length / (batch.steps * B);
  const x_TIB =
    batch.x_TIB instanceof Int32Array ? new Int32Array(steps * B) : new Float32Array(steps * I * B);
  for (let i = 0; i < x_TIB.length; i++) {
    const t = Math.floor(i / (I * B));
    x_TIB[i] = t < batch.lengths![i % B]! ? batch.x_TIB[i]! : rubbish;
  }
  let target = batch.target;
  if (target.length === batch.steps * B) {
    target = new Int32Array(steps * B).fill(UNSCORED);
    target.set(batch.target);
  }
  return { ...batch, steps, x_TIB, target };
}

/** Sequence b of a batch, without its padding. */
function sequenceOf(batch: Batch, b: number, { head, O, everyStep }: Shape): Batch {
  const steps = batch.lengths![b]!;
  const I = batch.x_TIB.length / (batch.steps * batch.size);
  const x_TIB = batch.x_TIB.slice(0, steps * I).map((_, row) => batch.x_TIB[row * batch.size + b]!);
  const target =
    head === 'regression'
      ? batch.target.slice(b * O, (b + 1) * O)
      : Int32Array.from({ length: everyStep ? steps : 1 }, (_, t) => batch.target[t * batch.size + b]!);
  return wholeSequences({ size: 1, steps, x_TIB, target });
}

describe('mistakes are exceptions', () => {
  const engine = nativeRoom.load();
  const shape: Shape = {
    cell: 'lstm',
    head: 'softmax',
    everyStep: true,
    uneven: true,
    vocabulary: 7,
    ...sizes,
  };
  const trainer = engine.create(optionsOf(shape));
  const batch = batchOf(shape);
  const tokens = batch.x_TIB as Int32Array;
  const first = (values: Int32Array | Float32Array, value: number) =>
    values.map((v, i) => (i === 0 ? value : v));
  const mistakes: [string, Partial<Batch>, RegExp][] = [
    ['a length beyond the steps', { lengths: batch.lengths!.map((n) => n + 1) }, /length/],
    ['a negative length', { lengths: batch.lengths!.map(() => -1) }, /length/],
    ['too few lengths', { lengths: batch.lengths!.slice(1) }, /length/],
    ['a token beyond the vocabulary', { x_TIB: first(tokens, 7) as Int32Array }, /token/],
    ['a negative token', { x_TIB: first(tokens, -1) as Int32Array }, /token/],
    ['floats for tokens', { x_TIB: Float32Array.from(tokens) }, /type or length/],
    ['a class beyond the outputs', { target: batch.target.map(() => 5) as Int32Array }, /class/],
    ['a class below UNSCORED', { target: first(batch.target, -2) as Int32Array }, /class/],
    ['a target beyond the end', { target: batch.target.map(() => 0) as Int32Array }, /beyond the end/],
    ['too few targets', { target: batch.target.slice(1) as Int32Array }, /type or length/],
    ['more steps than its arrays have', { steps: batch.steps + 1 }, /type or length|more steps/],
    ['no steps', { steps: 0 }, /steps/],
  ];
  test.each(mistakes)('%s', (_, change, message) => {
    expect(() => trainer.evaluate({ ...batch, ...change })).toThrow(message);
    expect(() => trainer.step({ ...batch, ...change }, 0.1)).toThrow(message);
  });

  test('a training batch of another size or of more steps', () => {
    expect(() => trainer.step(batchOf({ ...shape, B: 3 }), 0.1)).toThrow(/size/);
    expect(() => trainer.step(batchOf({ ...shape, T: 10 }), 0.1)).toThrow(/more steps/);
    expect(trainer.step(batchOf({ ...shape, T: 2 }), 0.1).skipped).toBe(false);
  });

  test('a bidirectional model cannot carry: exit code 78', () => {
    const both = { ...shape, bidirectional: true };
    const trainer = engine.create(optionsOf(both));
    expect(() => trainer.step(batchOf(both, { carry: true }), 0.1)).toThrow(
      expect.objectContaining({ exitCode: ExitCode.badConfig }),
    );
  });
});
