import { z } from 'zod';
import { taskNames, watchable } from './tasks.ts';
import { count, fraction, MANY, positive, size, std } from './values.ts';

const momentum = fraction.default(0).describe('Momentum; 0 is none.');
const weightDecay = z
  .number()
  .min(0)
  .max(1e30)
  .default(0)
  .describe('This times every parameter is added to its gradient, after clipping (L2), as in torch.optim.');
const epsilon = positive.default(1e-8).describe('Added to the denominator of the update.');
const sgd = z.strictObject({
  name: z.literal('sgd').describe('Stochastic gradient descent.'),
  momentum,
  weight_decay: weightDecay,
});
const rmsprop = z.strictObject({
  name: z.literal('rmsprop').describe('RMSprop, as in PyTorch.'),
  decay: fraction.default(0.99).describe('Decay of the mean squared gradient.'),
  epsilon,
  momentum,
  weight_decay: weightDecay,
});
const adam = z.strictObject({
  name: z.literal('adam').describe('Adam, as in PyTorch.'),
  beta1: fraction.default(0.9).describe('Decay of the mean gradient.'),
  beta2: fraction.default(0.999).describe('Decay of the mean squared gradient.'),
  epsilon,
  weight_decay: weightDecay,
  decoupled_weight_decay: z
    .boolean()
    .default(false)
    .describe('Shrink the parameters themselves, by rate x weight_decay at each update, as AdamW does.'),
});
const fullOptimizer = z.discriminatedUnion('name', [sgd, rmsprop, adam]);
const optimizer = z
  .union([z.enum(['sgd', 'rmsprop', 'adam']), fullOptimizer])
  .transform((choice) => (typeof choice === 'string' ? fullOptimizer.parse({ name: choice }) : choice))
  .prefault('sgd')
  .describe('Update rule: a name, or a map of the name and its settings.');

const warmup = z
  .int()
  .min(0)
  .max(MANY)
  .default(0)
  .describe('Steps over which the rate rises linearly from zero.');
const schedule = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant').describe('A fixed rate.'), warmup }),
  z.strictObject({
    type: z.literal('step').describe('A rate that changes by a factor at regular steps.'),
    warmup,
    every: count.describe('Steps between changes.'),
    factor: positive.describe('The rate is multiplied by this at each change.'),
  }),
  z.strictObject({
    type: z.literal('cosine').describe('Half a cosine wave from the rate down to the floor.'),
    warmup,
    floor: std.default(0).describe('The rate at the last step.'),
  }),
]);

const clip = z.strictObject({
  threshold: positive.describe('The largest norm, or the largest component, that a gradient may have.'),
  mode: z
    .enum(['norm', 'elementwise'])
    .default('norm')
    .describe('Global L2 norm over all parameters, or every component.'),
});

/** How it is trained. */
export const trainingSchema = z.strictObject({
  steps: z.int().min(0).max(MANY).describe('Minibatch updates.'),
  batch: z.int().min(1).max(65_536).default(16).describe('Sequences of a minibatch.'),
  optimizer,
  learning_rate: positive.describe('Step size of the update rule, before the schedule.'),
  schedule: schedule.default({ type: 'constant', warmup: 0 }).describe('How the learning rate changes.'),
  clip: clip.nullable().default(null).describe('Gradient clipping; null leaves gradients as they are.'),
  loss_reduction: z
    .enum(['mean', 'sum'])
    .default('mean')
    .describe('How the losses of a minibatch become one number to differentiate.'),
  softmax_samples: z
    .union([size, z.literal('auto')])
    .nullable()
    .default('auto')
    .describe(
      'Classes that a training step of a softmax samples; null looks at all. Auto: all up to 50,000 classes, 8,192 beyond.',
    ),
  precision: z
    .enum(['float32', 'bf16x3'])
    .default('float32')
    .describe(
      'What products are worth; bf16x3, of 17 bits, is faster and is there with the amx kernels only.',
    ),
  max_skipped: count
    .default(2_000)
    .describe('The run ends as diverged after this many non-finite gradients in a row.'),
});

export type TrainingConfig = z.output<typeof trainingSchema>;

/** When a run ends early: because it is solved, or because it no longer improves. */
export const stopSchema = z.strictObject({
  metric: z
    .string()
    .regex(/^valid_/, { error: 'a run may stop on a validation metric only (valid_...)' })
    .meta({
      description: namesByTask(),
      examples: [...new Set(taskNames.flatMap((name) => watchable(name)))],
    }),
  below: z.number().optional().describe('Solved when the metric is under this. Or give "above".'),
  above: z.number().optional().describe('Solved when the metric is over this. Or give "below".'),
  evaluations: count.default(1).describe('How many evaluations in a row have to be under, or over.'),
  extra_steps: z
    .int()
    .min(0)
    .max(MANY)
    .default(0)
    .describe('Steps that a solved run still makes, so that its curve shows what comes after.'),
  patience: count
    .nullable()
    .default(null)
    .describe(
      'Stop early after this many evaluations in a row without a new best of the metric; the best checkpoint is kept. Null for never.',
    ),
});

/** `valid_mse for adding; valid_accuracy or valid_loss for pixel_mnist; ...`. */
function namesByTask(): string {
  return `${taskNames.map((name) => `${watchable(name).join(' or ')} for ${name}`).join('; ')}. Accuracies and errors are fractions of 1.`;
}
