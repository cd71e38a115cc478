import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../src/config/schema.ts';
import { buildModel } from '../../src/models/build.ts';
import { initialise, recurrentStd, sussilloReluGain } from '../../src/models/initialise.ts';
import type { Parameters } from '../../src/models/spec.ts';
import { modelConfig } from '../config/model-config.ts';

const input = { kind: 'features', size: 40 } as const;
const head = { kind: 'softmax', size: 10, at: 'last-step' } as const;
const start = (config: ModelConfig, seed = 1): Parameters =>
  initialise(config, buildModel(config, input, head), seed);
const data = (parameters: Parameters, name: string): Float32Array => parameters.get(name)!.data;

const irnn = modelConfig({ type: 'irnn', hidden: 100, scale: 0.01, input_std: 0.001, output_std: 0.1 });
const relu = modelConfig({
  type: 'rnn_relu',
  hidden: 100,
  recurrent_std: 'sussillo',
  input_std: 0.001,
  output_std: 0.1,
});
const tanh = { ...relu, type: 'rnn_tanh' as const };
const lstm = modelConfig({ type: 'lstm', hidden: 100, forget_bias: 4, init_range: 'auto' });

/** A sample standard deviation lies within 5 of its own standard deviations, std / sqrt(2n), of the true one. */
function expectNormal(values: Float32Array, std: number): void {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const sample = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / n);
  expect(Math.abs(mean)).toBeLessThan((5 * std) / Math.sqrt(n));
  expect(Math.abs(sample - std)).toBeLessThan((5 * std) / Math.sqrt(2 * n));
}

test('irnn: scaled identity, zero biases, small input and output weights', () => {
  const parameters = start(irnn);
  const recurrent = data(parameters, 'rnn.weight_hh_l0');
  expect(recurrent).toEqual(
    Float32Array.from({ length: 10_000 }, (_, i) => (i % 101 === 0 ? Math.fround(0.01) : 0)),
  );
  for (const name of ['rnn.bias_ih_l0', 'head.bias'])
    expect(data(parameters, name).every((b) => b === 0)).toBe(true);
  expectNormal(data(parameters, 'rnn.weight_ih_l0'), 0.001);
  expectNormal(data(parameters, 'head.weight'), 0.1);
});

describe('random recurrent weights', () => {
  test('the gain of Sussillo and Abbott, at 100 units', () => {
    expect(sussilloReluGain(100)).toBeCloseTo(Math.SQRT2 * Math.exp(1.2 / 97.6), 12);
    expect(sussilloReluGain(2)).toBe(sussilloReluGain(6));
    expect(recurrentStd(relu)).toBeCloseTo(0.1432, 4);
    expect(recurrentStd(tanh)).toBeCloseTo(0.105, 12);
    expect(recurrentStd({ ...relu, recurrent_std: 0.3 })).toBe(0.3);
  });

  test.each([relu, tanh, { ...relu, recurrent_std: 0.02 }])('$type, $recurrent_std', (config) => {
    expectNormal(data(start(config), 'rnn.weight_hh_l0'), recurrentStd(config));
  });
});

describe('other starts of the recurrent weights', () => {
  test('orthogonal: W W^T is the identity, and the eigenvectors are not the axes', () => {
    const w = data(start({ ...tanh, recurrent_start: 'orthogonal' }), 'rnn.weight_hh_l0');
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < 100; k++) sum += w[i * 100 + k]! * w[j * 100 + k]!;
        expect(Math.abs(sum - Number(i === j))).toBeLessThan(1e-6);
      }
    }
    expectNormal(w, 0.1);
    expect(data(start({ ...tanh, recurrent_start: 'orthogonal' }, 2), 'rnn.weight_hh_l0')).not.toEqual(w);
  });

  test('a number: so many times the identity, and the same input weights', () => {
    const parameters = start({ ...tanh, recurrent_start: 0.5 });
    const w = data(parameters, 'rnn.weight_hh_l0');
    expect(w).toEqual(Float32Array.from({ length: 10_000 }, (_, i) => (i % 101 === 0 ? 0.5 : 0)));
    expect(data(parameters, 'rnn.weight_ih_l0')).toEqual(data(start(tanh), 'rnn.weight_ih_l0'));
  });
});

describe('lstm', () => {
  test.each([
    ['auto', 0.1],
    [0.08, 0.08],
  ] as const)('init_range %s: weights within +-%f', (init_range, range) => {
    const parameters = start({ ...lstm, init_range });
    for (const name of ['rnn.weight_ih_l0', 'rnn.weight_hh_l0', 'head.weight']) {
      const values = data(parameters, name);
      const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      expect(largest).toBeLessThanOrEqual(Math.fround(range));
      expect(largest).toBeGreaterThan(range * 0.97);
      const std = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
      // A uniform variable's square has relative standard deviation sqrt(4/5).
      expect(Math.abs(std / (range / Math.sqrt(3)) - 1)).toBeLessThan(5 * Math.sqrt(0.2 / values.length));
    }
  });

  test('the forget gate, the second quarter of the rows, is biased; the rest is not', () => {
    const bias = data(start(lstm), 'rnn.bias_ih_l0');
    expect(bias).toEqual(Float32Array.from({ length: 400 }, (_, row) => (row >= 100 && row < 200 ? 4 : 0)));
    expect(data(start(lstm), 'head.bias').every((b) => b === 0)).toBe(true);
  });
});

describe('deeper networks', () => {
  const tokens = { kind: 'tokens', vocabulary: 50 } as const;
  const deep = { embedding: 30, layers: 2, bidirectional: true, projection: 64 };

  test('irnn: the identity in every layer and direction; embedding and projection keep the scale', () => {
    const config = { ...irnn, ...deep };
    const parameters = initialise(config, buildModel(config, tokens, head), 1);
    for (const suffix of ['l0', 'l0_reverse', 'l1', 'l1_reverse']) {
      expect(data(parameters, `rnn.weight_hh_${suffix}`)).toEqual(data(start(irnn), 'rnn.weight_hh_l0'));
      expectNormal(data(parameters, `rnn.weight_ih_${suffix}`), 0.001);
    }
    expectNormal(data(parameters, 'embedding.weight'), 1);
    expectNormal(data(parameters, 'projection.weight'), 1 / Math.sqrt(200));
    expectNormal(data(parameters, 'head.weight'), 0.1);
  });

  test('lstm: one range for all weights, a forget bias in every layer and direction', () => {
    const config = { ...lstm, ...deep };
    for (const [name, { data: values }] of initialise(config, buildModel(config, tokens, head), 1)) {
      const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      if (name.includes('weight')) expect(Math.abs(largest - 0.1), name).toBeLessThan(0.002);
      else expect([...new Set(values)], name).toEqual(name === 'head.bias' ? [0] : [0, 4]);
    }
  });
});

describe('random numbers', () => {
  test('the seed decides', () => {
    expect(start(relu, 7)).toEqual(start(relu, 7));
    expect(data(start(relu, 7), 'rnn.weight_hh_l0')).not.toEqual(data(start(relu, 8), 'rnn.weight_hh_l0'));
  });

  test('another tensor in the model leaves the numbers of the others alone', () => {
    const model = buildModel(relu, input, head);
    const larger = initialise(relu, { ...model, layers: [...model.layers, ...model.layers] }, 1);
    for (const [name, tensor] of initialise(relu, model, 1)) expect(larger.get(name)).toEqual(tensor);
  });

  test('no two tensors share their numbers', () => {
    const firsts = [...start(relu)]
      .filter(([name]) => name.includes('weight'))
      .map(([, t]) => t.data[0]! / t.data[1]!);
    expect(new Set(firsts).size).toBe(3);
  });
});
