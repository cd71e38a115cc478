import { describe, expect, test } from 'vitest';
import type { OptimizerSpec } from '../../src/engines/engine.ts';
import {
  applyUpdate,
  clipGradients,
  globalNorm,
  initialOptimizerState,
} from '../../src/engines/reference/optimizer.ts';
import type { Parameters } from '../../src/models/spec.ts';

const tensors = (...values: number[][]): Parameters =>
  new Map(values.map((data, i) => [`p${i}`, { shape: [data.length], data: Float32Array.from(data) }]));

/** The parameter, started at 1, after updates with these gradients. */
function train(optimizer: OptimizerSpec, rate: number, gradients: readonly number[]): number[] {
  const parameters = tensors([1]);
  const { slots } = initialOptimizerState(optimizer, parameters);
  return gradients.map((g, i) => {
    applyUpdate(optimizer, rate, i + 1, parameters, tensors([g]), slots);
    return parameters.get('p0')!.data[0]!;
  });
}

/** Worked by hand from the definitions in PyTorch's documentation, rate 0.1, gradients 1, -2, 0.5. */
describe('update rules', () => {
  const gradients = [1, -2, 0.5];
  test.each<[string, OptimizerSpec, number[]]>([
    ['sgd', { name: 'sgd', momentum: 0 }, [0.9, 1.1, 1.05]],
    // buffers 1, -1.1, -0.49
    ['sgd with momentum', { name: 'sgd', momentum: 0.9 }, [0.9, 1.01, 1.059]],
    [
      // averages 0.1, 0.49, 0.466
      'rmsprop',
      { name: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0 },
      [
        1 - 0.1 / Math.sqrt(0.1),
        1 - 0.1 / Math.sqrt(0.1) + 0.2 / 0.7,
        1 - 0.1 / Math.sqrt(0.1) + 0.2 / 0.7 - 0.05 / Math.sqrt(0.466),
      ],
    ],
    [
      // epsilon is added to the root: 1 / (1 + 1), then -2 / (2 + 1), with decay 0
      'rmsprop, epsilon and momentum',
      { name: 'rmsprop', decay: 0, epsilon: 1, momentum: 0.5 },
      [0.95, 0.95 - 0.1 * (0.25 - 2 / 3), 0.95 - 0.1 * (0.25 - 2 / 3) - 0.1 * (0.125 - 1 / 3 + 1 / 3)],
    ],
    [
      // moments 0.1, -0.11, -0.049 and 0.001, 0.004999, 0.005244001
      'adam',
      { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      [
        0.9,
        0.9 + (0.1 * (0.11 / 0.19)) / Math.sqrt(0.004999 / 0.001999),
        0.9 +
          (0.1 * (0.11 / 0.19)) / Math.sqrt(0.004999 / 0.001999) +
          (0.1 * (0.049 / 0.271)) / Math.sqrt(0.005244001 / 0.002997001),
      ],
    ],
    // gradients 1 + 0.5, -2 + 0.425, 0.5 + 0.50375
    ['sgd, weight decay', { name: 'sgd', momentum: 0, weight_decay: 0.5 }, [0.85, 1.0075, 0.907125]],
    [
      // a mean gradient alone: g / (|g| + 0), after the weight was multiplied by 1 - 0.1 * 0.5
      'adam, decoupled weight decay',
      { name: 'adam', beta1: 0, beta2: 0, epsilon: 1e-8, weight_decay: 0.5, decoupled_weight_decay: true },
      [0.85, 0.85 * 0.95 + 0.1, (0.85 * 0.95 + 0.1) * 0.95 - 0.1],
    ],
  ])('%s', (_, optimizer, expected) => {
    for (const [i, value] of train(optimizer, 0.1, gradients).entries())
      expect(value).toBeCloseTo(expected[i]!, 6);
  });

  test('slots carry the names of torch.optim', () => {
    const slots = (optimizer: OptimizerSpec) => [
      ...initialOptimizerState(optimizer, tensors([1])).slots.keys(),
    ];
    expect(slots({ name: 'sgd', momentum: 0 })).toEqual([]);
    expect(slots({ name: 'sgd', momentum: 0.9 })).toEqual(['momentum_buffer.p0']);
    expect(slots({ name: 'rmsprop', decay: 0.9, epsilon: 1, momentum: 0 })).toEqual(['square_avg.p0']);
    expect(slots({ name: 'rmsprop', decay: 0.9, epsilon: 1, momentum: 0.1 })).toEqual([
      'square_avg.p0',
      'momentum_buffer.p0',
    ]);
    expect(slots({ name: 'adam', beta1: 0.9, beta2: 0.9, epsilon: 1 })).toEqual([
      'exp_avg.p0',
      'exp_avg_sq.p0',
    ]);
  });
});

describe('clipping', () => {
  const clip = (mode: 'norm' | 'elementwise', threshold: number) => {
    const gradients = tensors([3, 0], [-4]);
    const norm = globalNorm(gradients);
    const clipped = clipGradients(gradients, norm, { mode, threshold });
    return { norm, clipped, values: [...gradients.values()].flatMap(({ data }) => [...data]) };
  };

  test('by the norm of all gradients together', () => {
    expect(clip('norm', 5)).toEqual({ norm: 5, clipped: false, values: [3, 0, -4] });
    const { clipped, values } = clip('norm', 1);
    expect(clipped).toBe(true);
    for (const [i, value] of [0.6, 0, -0.8].entries()) expect(values[i]).toBeCloseTo(value, 7);
  });

  test('by component', () => {
    expect(clip('elementwise', 4)).toEqual({ norm: 5, clipped: false, values: [3, 0, -4] });
    expect(clip('elementwise', 3.5)).toEqual({ norm: 5, clipped: true, values: [3, 0, -3.5] });
  });

  test('not at all', () => {
    const gradients = tensors([3]);
    expect(clipGradients(gradients, 3, null)).toBe(false);
  });

  test('the norm is a double: finite where float32 would overflow', () => {
    expect(globalNorm(tensors([3e38, 3e38]))).toBeCloseTo(3e38 * Math.SQRT2, -32);
  });
});
