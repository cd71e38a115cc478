import { createHash } from 'node:crypto';
import { canonicalJson } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';

/** Keys that change what a run learns and not how long a step takes. */
const indifferent = [
  'data_base',
  'forget_bias',
  'init_range',
  'input_std',
  'output_std',
  'permutation_seed',
  'recurrent_start',
  'recurrent_std',
  'scale',
];

/** Names what a step of a config costs: `adding T=150, lstm 100 (1a2b3c4d)`, equal for runs of equal cost. */
export function workloadOf({ task, model, training, evaluate, engine }: Config): string {
  const costly = { task, model, batch: training.batch, optimizer: training.optimizer.name, evaluate, engine };
  const text = canonicalJson(withoutKeys(costly));
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const length = 'T' in task ? ` T=${task.T}` : '';
  return `${task.name}${length}, ${model.type} ${model.hidden} (${digits})`;
}

function withoutKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !indifferent.includes(key))
      .map(([key, inner]) => [key, withoutKeys(inner)]),
  );
}
