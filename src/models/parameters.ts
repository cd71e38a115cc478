import { gateRows } from './cells.ts';
import type { ModelSpec } from './spec.ts';

/** What a parameter does in the network. */
export type Role = 'embedding' | 'input' | 'recurrent' | 'bias' | 'projection' | 'head' | 'head-bias';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
}

/**
 * A model's parameters, from the input upwards, as torch.nn names and lays them out:
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
export function parameterSpecs(model: ModelSpec): readonly ParameterSpec[] {
  const specs: ParameterSpec[] = [];
  const add = (role: Role, name: string, ...shape: number[]) => specs.push({ name, shape, role });
  let below: number;
  if (model.input.kind === 'tokens') {
    below = model.input.embedding;
    add('embedding', 'embedding.weight', model.input.vocabulary, below);
  } else {
    below = model.input.size;
  }
  for (const [k, { cell, hidden, bidirectional }] of model.layers.entries()) {
    const rows = gateRows(cell, hidden);
    const directions = bidirectional ? ['', '_reverse'] : [''];
    for (const direction of directions) {
      add('input', `rnn.weight_ih_l${k}${direction}`, rows, below);
      add('recurrent', `rnn.weight_hh_l${k}${direction}`, rows, hidden);
      add('bias', `rnn.bias_ih_l${k}${direction}`, rows);
    }
    below = directions.length * hidden;
  }
  if (model.projection !== null) {
    add('projection', 'projection.weight', model.projection, below);
    below = model.projection;
  }
  add('head', 'head.weight', model.head.size, below);
  add('head-bias', 'head.bias', model.head.size);
  return specs;
}

/** The shapes of a model's parameters by their names, in the same order. */
export function parameterShapes(model: ModelSpec): ReadonlyMap<string, readonly number[]> {
  return new Map(parameterSpecs(model).map(({ name, shape }) => [name, shape]));
}

/** Elements of a tensor of this shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Trainable numbers in a model. */
export function countParameters(model: ModelSpec): number {
  return parameterSpecs(model).reduce((count, { shape }) => count + elements(shape), 0);
}
