import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import type { Trainer, TrainerOptions } from '../../src/engines/engine.ts';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import { type Batch, UNSCORED, wholeSequences } from '../../src/models/batch.ts';
import { ClassSampler } from '../../src/models/sampled-softmax.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { expectStatesTakenOver } from './carried-states.ts';
import { doubleGradients, toDouble } from './double-reference.ts';
import {
  batchOf,
  cells,
  features,
  heads,
  modelOf,
  optionsOf,
  parametersOf,
  reductions,
  relativeError,
  type Shape,
} from './fixtures.ts';

const sizes = { T: 6, B: 4, I: 2, H: 4, O: 3 };
const warn = vi.spyOn(console, 'warn');
const engine = await referenceRoom.load();

const create = (shape: Shape, changes: Partial<TrainerOptions> = {}): Trainer =>
  engine.create(optionsOf(shape, changes));

const models = cells.flatMap((cell) => [
  ...heads.map((head): Shape & { name: string } => ({ name: 'last step', cell, head, ...sizes })),
  { name: 'every step', cell, head: 'softmax' as const, everyStep: true, ...sizes },
]);
const everyModel = models.flatMap((model) => [
  model,
  ...features.map((feature) => ({ ...model, ...feature, name: `${model.name}, ${feature.name}` })),
]);

describe.each(everyModel)('$cell, $head, $name', (shape) => {
  const model = modelOf(shape);
  const parameters = parametersOf(model);
  const batch = batchOf(shape);

  test.each(reductions)('gradients of the %s equal those in double precision', (lossReduction) => {
    const expected = doubleGradients(model, toDouble(parameters), batch, { seed: 1 });
    const scale = lossReduction === 'mean' ? 1 / expected.targets : 1;
    const { loss, gradients } = create(shape, { lossReduction }).gradients(batch);
    expect(loss).toBeCloseTo(expected.loss * scale, 4);
    expect([...gradients.keys()]).toEqual([...parameters.keys()]);
    for (const [name, values] of expected.gradients) {
      const gradient = gradients.get(name)!;
      expect(gradient.shape).toEqual(parameters.get(name)!.shape);
      expect(Math.hypot(...values), name).toBeGreaterThan(0);
      const scaled = values.map((value) => value * scale);
      expect(relativeError(gradient.data, scaled), name).toBeLessThan(2e-6);
    }
  });

  test('evaluation sums over a batch of any size and length, without dropout', () => {
    const other = batchOf({ ...shape, B: 7, T: 9 });
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

describe('sampled softmax', () => {
  const shape: Shape = { cell: 'tanh', head: 'softmax', everyStep: true, uneven: true, ...sizes, O: 23 };
  const model = modelOf(shape);
  const parameters = parametersOf(model);

  test.each([0, 1, 2])('gradients of batch %i equal those in double precision', (index) => {
    const batch = batchOf(shape, { index });
    const sample = new ClassSampler(5, 23, 6).sample(index, batch.target as Int32Array);
    const expected = doubleGradients(model, toDouble(parameters), batch, { sample });
    const { loss, gradients } = create(shape, { seed: 5, softmaxSamples: 6 }).gradients(batch);
    expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-6);
    for (const [name, values] of expected.gradients) {
      expect(relativeError(gradients.get(name)!.data, values), name).toBeLessThan(2e-6);
    }
  });

  test('evaluation is exact', () => {
    const batch = batchOf(shape);
    expect(create(shape, { softmaxSamples: 6 }).evaluate(batch)).toEqual(create(shape).evaluate(batch));
  });
});

describe('a sequence', () => {
  test.each(everyModel.filter(({ uneven }) => uneven))(
    'depends neither on its padding nor on its neighbours: $cell, $head, $name',
    (shape) => {
      const batch = batchOf(shape);
      const trainer = create(shape);
      const { loss, gradients } = trainer.gradients(batch);
      const score = trainer.evaluate(batch);
      const padded = { ...batch, x_TIB: batch.x_TIB.slice() };
      const rows = batch.x_TIB.length / batch.size;
      for (let row = 0; row < rows; row++) {
        const t = Math.floor((row * batch.steps) / rows);
        for (let b = 0; b < batch.size; b++) {
          if (t >= batch.lengths![b]!)
            padded.x_TIB[row * batch.size + b] = shape.vocabulary ? -5 : Number.NaN;
        }
      }
      expect(trainer.gradients(padded)).toEqual({ loss, gradients });
      expect(trainer.evaluate(padded)).toEqual(score);
      // Alone, each at its own length
      let alone = 0;
      for (const [b, steps] of batch.lengths!.entries()) {
        if (steps > 0) alone += trainer.evaluate(sequenceOf(batch, b, shape)).loss;
      }
      expect(relativeError([alone], [score.loss])).toBeLessThan(1e-6);
    },
  );
});

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

describe('carried state', () => {
  const carrying = models.flatMap((model) => [
    { ...model, layers: 2, uneven: true },
    { ...model, vocabulary: 7, dropout: 0.3, name: `${model.name}, an embedding, dropout` },
  ]);

  test.each(carrying)('is taken over without a gradient: $cell, $head, $name', (shape) => {
    expectStatesTakenOver(create(shape), shape, 2e-6);
  });

  test.each(cells)('%s: evaluation has a state of its own', (cell) => {
    const shape: Shape = { cell, head: 'softmax', ...sizes, everyStep: true };
    const model = modelOf(shape);
    const trainer = create(shape);
    const [first, second] = [batchOf(shape, { index: 1 }), batchOf(shape, { index: 2, carry: true })];
    const alone = trainer.evaluate({ ...second, carry: false }).loss;
    // Nothing was before: the state is zero.
    expect(create(shape).evaluate(second).loss).toBe(alone);
    trainer.evaluate(first);
    trainer.gradients(second);
    const double = toDouble(trainer.parameters());
    const { final } = doubleGradients(model, double, first);
    const expected = doubleGradients(model, double, second, { initial: final });
    expect(relativeError([trainer.evaluate(second).loss], [expected.loss])).toBeLessThan(1e-6);
    trainer.evaluate(first);
    trainer.step({ ...batchOf(shape, { index: 3 }), carry: false }, 0);
    expect(relativeError([trainer.evaluate(second).loss], [expected.loss])).toBeLessThan(1e-6);
  });

  test('is part of what is saved, and of what a skipped step leaves alone', () => {
    const shape: Shape = { cell: 'lstm', head: 'softmax', ...sizes, everyStep: true };
    const trainer = create(shape);
    const batch = (index: number) => batchOf(shape, { index, carry: true });
    trainer.step(batch(0), 0.1);
    const other = create(shape);
    other.load(trainer.parameters(), trainer.state());
    expect(other.state()).toEqual(trainer.state());
    const bad = { ...batch(1), x_TIB: batch(1).x_TIB.map(() => Number.NaN) as Float32Array };
    expect(other.step(bad, 0.1).skipped).toBe(true);
    expect(other.step(batch(1), 0.1)).toEqual(trainer.step(batch(1), 0.1));
    const narrower = create({ ...shape, B: 3 });
    expect(() => narrower.load(trainer.parameters(), trainer.state())).toThrow(
      'h_l0: the model needs a tensor of shape [3, 4], found one of shape [4, 4]',
    );
  });

  test('is refused for a bidirectional layer', () => {
    const shape: Shape = { cell: 'relu', head: 'softmax', ...sizes, bidirectional: true };
    const trainer = create(shape);
    const batch = batchOf(shape, { carry: true });
    for (const use of [() => trainer.step(batch, 0.1), () => trainer.evaluate(batch)]) {
      expect(use).toThrow(expect.objectContaining({ exitCode: ExitCode.badConfig }));
    }
  });
});

test('a batch without scored targets has no loss and no gradient', () => {
  const shape: Shape = { cell: 'tanh', head: 'softmax', ...sizes };
  const batch = { ...batchOf(shape), target: new Int32Array(sizes.B).fill(UNSCORED) };
  const { loss, gradients } = create(shape, { lossReduction: 'mean' }).gradients(batch);
  expect(loss + 0).toBe(0);
  for (const { data } of gradients.values()) expect(data.every((g) => g + 0 === 0)).toBe(true);
});

test('the most probable classes are given', () => {
  const shape: Shape = { cell: 'relu', head: 'softmax', ...sizes };
  const parameters = parametersOf(modelOf(shape));
  parameters.get('head.weight')!.data.fill(0);
  parameters.get('head.bias')!.data.set([0, 5, 0]);
  const batch = { ...batchOf(shape), target: Int32Array.of(1, 0, 1, 2) };
  expect(create(shape, { parameters }).evaluate(batch).predicted).toEqual(Int32Array.of(1, 1, 1, 1));
});

test('live units are those with a non-zero output at some step within a sequence, over layers and directions', () => {
  const shape: Shape = {
    cell: 'relu',
    head: 'regression',
    ...sizes,
    layers: 2,
    bidirectional: true,
    dropout: 0.9,
  };
  const parameters = parametersOf(modelOf(shape));
  parameters.get('rnn.bias_ih_l0')!.data.set([1, 1, 1, -1000]);
  parameters.get('rnn.bias_ih_l0_reverse')!.data.set([1, -1000, 1, -1000]);
  parameters.get('rnn.bias_ih_l1')!.data.fill(-1000);
  parameters.get('rnn.bias_ih_l1_reverse')!.data.fill(1);
  const trainer = create(shape, { parameters });
  expect(trainer.liveUnits(batchOf(shape))).toBe(3 + 2 + 0 + 4);
  expect(trainer.liveUnits({ ...batchOf(shape), lengths: new Int32Array(sizes.B) })).toBe(0);
  const tanh: Shape = { cell: 'tanh', head: 'regression', ...sizes };
  expect(create(tanh).liveUnits(batchOf(tanh))).toBe(4);
});

describe('a step', () => {
  const shape: Shape = { cell: 'tanh', head: 'regression', ...sizes };
  const batch = batchOf(shape);

  test('follows the gradient', () => {
    const trainer = create(shape);
    const before = trainer.parameters();
    const { loss, gradients } = trainer.gradients(batch);
    const result = trainer.step(batch, 0.1);
    expect(result).toMatchObject({ loss, clipped: false, skipped: false });
    const squares = [...gradients.values()].flatMap(({ data }) => [...data]).map((g) => g * g);
    expect(result.gradientNorm).toBeCloseTo(Math.sqrt(squares.reduce((sum, g) => sum + g, 0)), 12);
    for (const [name, { data }] of trainer.parameters()) {
      const expected = before.get(name)!.data.map((p, i) => p - 0.1 * gradients.get(name)!.data[i]!);
      expect(relativeError(data, expected)).toBeLessThan(1e-7);
    }
    expect(trainer.state()).toEqual({ slots: new Map(), updates: 1, carried: new Map() });
  });

  test('skips a gradient that is not finite', () => {
    const trainer = create(shape, { optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } });
    trainer.step(batch, 0.1);
    const before = { parameters: trainer.parameters(), state: trainer.state() };
    const result = trainer.step(
      { ...batch, target: batch.target.map(() => Number.NaN) as Float32Array },
      0.1,
    );
    expect(result).toMatchObject({ skipped: true, clipped: false });
    expect(trainer.parameters()).toEqual(before.parameters);
    expect(trainer.state()).toEqual(before.state);
  });

  test('rejects a batch of another size', () => {
    expect(() => create(shape).step(batchOf({ ...shape, B: 2 }), 0.1)).toThrow('expected a batch of 4');
  });
});

describe('saving and loading', () => {
  const shape: Shape = { cell: 'lstm', head: 'softmax', ...sizes };
  const model = modelOf(shape);
  const batch = batchOf(shape);
  const optimizer = { name: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0.5 } as const;

  test('a loaded trainer continues exactly', () => {
    const trainer = create(shape, { optimizer });
    trainer.step(batch, 0.01);
    const other = create(shape, { optimizer, parameters: parametersOf(model, 2) });
    other.load(trainer.parameters(), trainer.state());
    expect(other.step(batch, 0.01)).toEqual(trainer.step(batch, 0.01));
    expect(other.parameters()).toEqual(trainer.parameters());
    expect(other.state()).toEqual(trainer.state());
    expect([...trainer.state().slots.keys()].slice(0, 1)).toEqual(['square_avg.rnn.weight_ih_l0']);
  });

  test('readers get copies', () => {
    const trainer = create(shape, { optimizer });
    trainer.parameters().get('head.bias')!.data.fill(9);
    trainer.state().slots.get('square_avg.head.bias')!.data.fill(9);
    expect(trainer.parameters()).toEqual(parametersOf(model));
    expect(trainer.state().slots.get('square_avg.head.bias')!.data).toEqual(new Float32Array(3));
  });

  test('tensors of another model are refused', () => {
    const trainer = create(shape, { optimizer });
    const other = parametersOf(modelOf({ ...shape, cell: 'tanh' }));
    expect(() => trainer.load(other, trainer.state())).toThrow(
      'rnn.weight_ih_l0: the model needs a tensor of shape [16, 2], found one of shape [4, 2]',
    );
    expect(() =>
      trainer.load(trainer.parameters(), { slots: new Map(), updates: 0, carried: new Map() }),
    ).toThrow('square_avg.rnn.weight_ih_l0: the model needs a tensor of shape [16, 2], found none');
  });
});

test('no tensors are left behind, and nothing is printed', () => {
  const before = tf.memory().numTensors;
  for (const shape of everyModel) {
    const batch = batchOf(shape);
    const trainer = create(shape);
    trainer.step(batch, 0.1);
    trainer.evaluate(batch);
    trainer.liveUnits(batch);
    trainer.parameters();
    trainer.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
  expect(before).toBe(0);
  expect(warn).not.toHaveBeenCalled();
});
