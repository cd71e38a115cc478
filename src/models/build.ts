import type { ModelConfig } from '../config/schema.ts';
import { cellOf } from './initialise.ts';
import type { Head, InputSpec, ModelSpec } from './spec.ts';

/** The model of a config between a task's input and its head. */
export function buildModel(config: ModelConfig, input: InputSpec, head: Head): ModelSpec {
  const { type, embedding, hidden, layers, bidirectional, projection, dropout } = config;
  return {
    input: input.kind === 'tokens' ? { ...input, embedding: embedding ?? hidden } : input,
    layers: Array.from({ length: layers }, () => ({ cell: cellOf(type), hidden, bidirectional })),
    projection,
    dropout,
    head,
  };
}
