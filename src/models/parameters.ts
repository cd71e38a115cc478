import type { ModelSpec, RecurrentLayer } from './spec.ts';

/** Rows of a layer's weight matrices (G): one per unit, or four per unit for the gates of an LSTM, in the order i, f, g, o. */
function gateRows(layer: RecurrentLayer): number {
  return layer.cell === 'lstm' ? 4 * layer.hidden : layer.hidden;
}

/** Features that a layer passes upwards: H, or 2H when it is bidirectional. */
function outputSize(layer: RecurrentLayer): number {
  return layer.bidirectional ? 2 * layer.hidden : layer.hidden;
}

/**
 * Names and shapes of a model's parameters, from the input upwards, as torch.nn names and lays them out:
 *
 *     embedding.weight                 [V, E]   for token inputs
 *     rnn.weight_ih_l{k}[_reverse]     [G, I]   I is the embedding, the features, or the layer below
 *     rnn.weight_hh_l{k}[_reverse]     [G, H]
 *     rnn.bias_ih_l{k}[_reverse]       [G]
 *     projection.weight                [P, H]   when there is a projection
 *     head.weight, head.bias           [O, P or H], [O]
 *
 * A gate row has one bias. PyTorch adds two; a checkpoint for it carries zeros as `bias_hh`.
 */
export function parameterShapes(model: ModelSpec): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  let below: number;
  if (model.input.kind === 'tokens') {
    below = model.input.embedding;
    shapes.set('embedding.weight', [model.input.vocabulary, below]);
  } else {
    below = model.input.size;
  }
  for (const [k, layer] of model.layers.entries()) {
    const rows = gateRows(layer);
    for (const direction of layer.bidirectional ? ['', '_reverse'] : ['']) {
      shapes.set(`rnn.weight_ih_l${k}${direction}`, [rows, below]);
      shapes.set(`rnn.weight_hh_l${k}${direction}`, [rows, layer.hidden]);
      shapes.set(`rnn.bias_ih_l${k}${direction}`, [rows]);
    }
    below = outputSize(layer);
  }
  if (model.projection !== null) {
    shapes.set('projection.weight', [model.projection, below]);
    below = model.projection;
  }
  shapes.set('head.weight', [model.head.size, below]);
  shapes.set('head.bias', [model.head.size]);
  return shapes;
}

/** Elements of a tensor of this shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Trainable numbers in a model. */
export function countParameters(model: ModelSpec): number {
  let count = 0;
  for (const shape of parameterShapes(model).values()) count += elements(shape);
  return count;
}
