import type { ModelConfig } from '../config/schema.ts';
import type { Cell, Head, ModelInput, ModelSpec } from './spec.ts';

/** The recurrence behind each of the paper's four models. */
const cells: Readonly<Record<ModelConfig['type'], Cell>> = {
  irnn: 'relu',
  rnn_relu: 'relu',
  rnn_tanh: 'tanh',
  lstm: 'lstm',
};

/** The model of a config between a task's input and its head. */
export function buildModel(config: ModelConfig, input: ModelInput, head: Head): ModelSpec {
  const { type, hidden, layers, bidirectional, projection, dropout } = config;
  return {
    input,
    layers: Array.from({ length: layers }, () => ({ cell: cells[type], hidden, bidirectional })),
    projection,
    dropout,
    head,
  };
}
