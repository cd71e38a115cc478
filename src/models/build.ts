import type { ModelConfig } from '../config/schema.ts';
import type { Cell, Head, ModelInput, ModelSpec } from './spec.ts';

/** The recurrence behind each of the paper's four models. */
const cells: Readonly<Record<ModelConfig['type'], Cell>> = {
  irnn: 'relu',
  rnn_relu: 'relu',
  rnn_tanh: 'tanh',
  lstm: 'lstm',
};

/** The model of a config between a task's input and its head: one recurrent layer, as in the paper's sections 4.1 and 4.2. */
export function buildModel(config: ModelConfig, input: ModelInput, head: Head): ModelSpec {
  return {
    input,
    layers: [{ cell: cells[config.type], hidden: config.hidden, bidirectional: false }],
    projection: null,
    dropout: 0,
    head,
  };
}
