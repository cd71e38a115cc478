import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import type { Trainer, TrainerOptions } from '../../src/engines/engine.ts';
import { loadReferenceEngine } from '../../src/engines/reference.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { doubleForward } from './double-forward.ts';
import {
  cells,
  heads,
  modelOf,
  randomBatch,
  randomParameters,
  reductions,
  relativeError,
} from './fixtures.ts';

const shape = { T: 6, B: 3, I: 2, H: 4, O: 3 };
const warn = vi.spyOn(console, 'warn');
const engine = await loadReferenceEngine();

function create(model: ModelSpec, changes: Partial<TrainerOptions> = {}): Trainer {
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

const combinations = cells.flatMap((cell) =>
  heads.flatMap((head) => reductions.map((reduction) => ({ cell, head, reduction }))),
);

test.each(combinations)(
  'gradients of $cell, $head, $reduction agree with finite differences',
  ({ cell, head, reduction }) => {
    const model = modelOf(cell, head, shape);
    const batch = randomBatch(model, shape);
    const parameters = randomParameters(model);
    const exact = new Map([...parameters].map(([name, { data }]) => [name, Float64Array.from(data)]));
    const scale = reduction === 'mean' ? 1 / batch.size : 1;
    const step = 1e-5;
    const { loss, margin } = doubleForward(model, exact, batch);
    // No pre-activation comes near a kink when one parameter moves by the step.
    if (cell === 'relu') expect(margin).toBeGreaterThan(100 * step);

    const found = create(model, { lossReduction: reduction }).gradients(batch);
    expect(found.loss).toBeCloseTo(loss * scale, 5);
    expect([...found.gradients.keys()]).toEqual([...parameters.keys()]);
    for (const [name, values] of exact) {
      const differences = values.map((value, i) => {
        values[i] = value + step;
        const above = doubleForward(model, exact, batch).loss;
        values[i] = value - step;
        const below = doubleForward(model, exact, batch).loss;
        values[i] = value;
        return ((above - below) / (2 * step)) * scale;
      });
      const gradient = found.gradients.get(name)!;
      expect(gradient.shape).toEqual(parameters.get(name)!.shape);
      expect(Math.hypot(...differences), name).toBeGreaterThan(0);
      expect(relativeError(gradient.data, differences), name).toBeLessThan(2e-6);
    }
  },
);

test.each(cells.flatMap((cell) => heads.map((head) => ({ cell, head }))))(
  'evaluation of $cell, $head sums over a batch of any size',
  ({ cell, head }) => {
    const model = modelOf(cell, head, shape);
    const batch = randomBatch(model, { ...shape, B: 7 }, 5);
    const exact = new Map(
      [...randomParameters(model)].map(([name, { data }]) => [name, Float64Array.from(data)]),
    );
    const sums = create(model).evaluate(batch);
    expect(sums.targets).toBe(7);
    expect(sums.loss).toBeCloseTo(doubleForward(model, exact, batch).loss, 4);
    if (head === 'regression') expect(sums.predicted).toBeNull();
  },
);

test('the most probable classes are given', () => {
  const model = modelOf('relu', 'softmax', shape);
  const parameters = randomParameters(model);
  parameters.get('head.weight')!.data.fill(0);
  parameters.get('head.bias')!.data.set([0, 5, 0]);
  const batch = { ...randomBatch(model, { ...shape, B: 4 }), target: Int32Array.of(1, 0, 1, 2) };
  expect(create(model, { parameters }).evaluate(batch).predicted).toEqual(Int32Array.of(1, 1, 1, 1));
});

test('live units are those with a non-zero output somewhere', () => {
  const model = modelOf('relu', 'regression', shape);
  const parameters = randomParameters(model);
  parameters.get('rnn.bias_ih_l0')!.data.set([1, 1, 1, -1000]);
  const batch = randomBatch(model, shape);
  expect(create(model, { parameters }).liveUnits(batch)).toBe(3);
  const tanh = modelOf('tanh', 'regression', shape);
  expect(create(tanh).liveUnits(randomBatch(tanh, shape))).toBe(4);
});

describe('a step', () => {
  const model = modelOf('tanh', 'regression', shape);
  const batch = randomBatch(model, shape);

  test('follows the gradient', () => {
    const trainer = create(model);
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
    const trainer = create(model, { optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } });
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
    expect(() => create(model).step(randomBatch(model, { ...shape, B: 2 }), 0.1)).toThrow(
      'expected a batch of 3',
    );
  });
});

describe('saving and loading', () => {
  const model = modelOf('lstm', 'softmax', shape);
  const batch = randomBatch(model, shape);
  const optimizer = { name: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0.5 } as const;

  test('a loaded trainer continues exactly', () => {
    const trainer = create(model, { optimizer });
    trainer.step(batch, 0.01);
    const other = create(model, { optimizer, parameters: randomParameters(model, 2) });
    other.load(trainer.parameters(), trainer.state());
    expect(other.step(batch, 0.01)).toEqual(trainer.step(batch, 0.01));
    expect(other.parameters()).toEqual(trainer.parameters());
    expect(other.state()).toEqual(trainer.state());
    expect([...trainer.state().slots.keys()].slice(0, 1)).toEqual(['square_avg.rnn.weight_ih_l0']);
  });

  test('readers get copies', () => {
    const trainer = create(model, { optimizer });
    trainer.parameters().get('head.bias')!.data.fill(9);
    trainer.state().slots.get('square_avg.head.bias')!.data.fill(9);
    expect(trainer.parameters()).toEqual(randomParameters(model));
    expect(trainer.state().slots.get('square_avg.head.bias')!.data).toEqual(new Float32Array(3));
  });

  test('tensors of another model are refused', () => {
    const trainer = create(model, { optimizer });
    const other = randomParameters(modelOf('tanh', 'softmax', shape));
    expect(() => trainer.load(other, trainer.state())).toThrow(
      'rnn.weight_ih_l0: the model needs a tensor of shape [16, 2], found one of shape [4, 2]',
    );
    expect(() =>
      trainer.load(trainer.parameters(), { slots: new Map(), updates: 0, carried: new Map() }),
    ).toThrow('square_avg.rnn.weight_ih_l0: the model needs a tensor of shape [16, 2], found none');
  });
});

test('models beyond one plain layer are refused', () => {
  const model = modelOf('relu', 'regression', shape);
  const layer = model.layers[0]!;
  const others: ModelSpec[] = [
    { ...model, layers: [layer, layer] },
    { ...model, layers: [{ ...layer, bidirectional: true }] },
    { ...model, projection: 3 },
    { ...model, input: { kind: 'tokens', vocabulary: 5, embedding: 2 } },
    { ...model, head: { kind: 'softmax', size: 3, at: 'every-step' } },
  ];
  for (const other of others) {
    expect(() => create(other, { parameters: randomParameters(other) })).toThrow(
      expect.objectContaining({ exitCode: ExitCode.badConfig }),
    );
  }
});

test('no tensors are left behind, and nothing is printed', () => {
  const before = tf.memory().numTensors;
  for (const cell of cells) {
    const model = modelOf(cell, 'softmax', shape);
    const batch = randomBatch(model, shape);
    const trainer = create(model);
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
