import { expect, test } from 'vitest';
import { buildModel } from '../../src/models/build.ts';
import { countParameters, parameterShapes } from '../../src/models/parameters.ts';
import type { ModelSpec } from '../../src/models/spec.ts';
import { modelConfig } from '../config/model-config.ts';

const regression = { kind: 'regression', size: 1, at: 'last-step' } as const;

test('one plain layer', () => {
  const model = buildModel(
    modelConfig({ type: 'irnn', hidden: 100 }),
    { kind: 'features', size: 2 },
    regression,
  );
  expect(model.layers).toEqual([{ cell: 'relu', hidden: 100, bidirectional: false }]);
  expect([...parameterShapes(model)]).toEqual([
    ['rnn.weight_ih_l0', [100, 2]],
    ['rnn.weight_hh_l0', [100, 100]],
    ['rnn.bias_ih_l0', [100]],
    ['head.weight', [1, 100]],
    ['head.bias', [1]],
  ]);
  expect(countParameters(model)).toBe(200 + 10_000 + 100 + 100 + 1);
});

test('an LSTM has four rows a unit', () => {
  const model = buildModel(
    modelConfig({ type: 'lstm', hidden: 8 }),
    { kind: 'features', size: 1 },
    { kind: 'softmax', size: 10, at: 'last-step' },
  );
  expect(Object.fromEntries(parameterShapes(model))).toEqual({
    'rnn.weight_ih_l0': [32, 1],
    'rnn.weight_hh_l0': [32, 8],
    'rnn.bias_ih_l0': [32],
    'head.weight': [10, 8],
    'head.bias': [10],
  });
});

test('a config makes a stack, both directions, a projection and dropout', () => {
  const model = buildModel(
    modelConfig({ type: 'rnn_tanh', hidden: 4, layers: 2, bidirectional: true, projection: 5, dropout: 0.5 }),
    { kind: 'tokens', vocabulary: 50, embedding: 6 },
    regression,
  );
  const layer = { cell: 'tanh', hidden: 4, bidirectional: true };
  expect(model).toEqual({
    input: { kind: 'tokens', vocabulary: 50, embedding: 6 },
    layers: [layer, layer],
    projection: 5,
    dropout: 0.5,
    head: regression,
  });
});

test('embedding, stack, both directions and projection', () => {
  const model: ModelSpec = {
    input: { kind: 'tokens', vocabulary: 50, embedding: 6 },
    layers: [
      { cell: 'tanh', hidden: 4, bidirectional: true },
      { cell: 'lstm', hidden: 3, bidirectional: false },
    ],
    projection: 5,
    dropout: 0,
    head: { kind: 'softmax', size: 50, at: 'every-step' },
  };
  expect([...parameterShapes(model)]).toEqual([
    ['embedding.weight', [50, 6]],
    ['rnn.weight_ih_l0', [4, 6]],
    ['rnn.weight_hh_l0', [4, 4]],
    ['rnn.bias_ih_l0', [4]],
    ['rnn.weight_ih_l0_reverse', [4, 6]],
    ['rnn.weight_hh_l0_reverse', [4, 4]],
    ['rnn.bias_ih_l0_reverse', [4]],
    ['rnn.weight_ih_l1', [12, 8]],
    ['rnn.weight_hh_l1', [12, 3]],
    ['rnn.bias_ih_l1', [12]],
    ['projection.weight', [5, 3]],
    ['head.weight', [50, 5]],
    ['head.bias', [50]],
  ]);
});
