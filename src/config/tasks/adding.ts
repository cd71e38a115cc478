import { z } from 'zod';
import { size } from '../values.ts';
import type { TaskFacts } from './facts.ts';

/** Sequences of the adding problem, which are numbered, shuffled and summed before training: a second or two of that. */
const sequences = size.max(10_000_000);

const schema = z.strictObject({
  name: z.literal('adding').describe('The sum of two marked numbers of a sequence (Section 4.1, Figure 2).'),
  T: z.int().min(2).max(1_000_000).describe('Sequence length.'),
  marks: z
    .enum(['any', 'halves'])
    .default('any')
    .describe('Where the two marks fall: anywhere, or one in each half.'),
  train_size: z
    .union([sequences, z.literal('fresh')])
    .default(100_000)
    .describe('Training sequences, or "fresh" for new ones at every step.'),
  valid_size: sequences.default(10_000).describe('Validation sequences.'),
  test_size: sequences.default(10_000).describe('Test sequences.'),
});

export const adding = {
  schema,
  metrics: [{ name: 'mse', label: 'MSE', better: 'lower', unit: 'squared error', learned: 0.05 }],
  words: false,
  trainingSequences: ({ train_size: size }) => (size === 'fresh' ? null : size),
} as const satisfies TaskFacts<typeof schema>;
