import { z } from 'zod';
import { fraction, positive, real, std } from './values.ts';

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
const recurrentStart = z
  .union([z.literal('gaussian'), z.literal('orthogonal'), real])
  .default('gaussian')
  .describe(
    'What the recurrent weights start from: "gaussian", see recurrent_std; "orthogonal", a random rotation; or a number, for so many times the identity.',
  );
const plain = {
  ...network,
  recurrent_start: recurrentStart,
  recurrent_std: gaussian,
  input_std: inputStd,
  output_std: outputStd,
};
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

/** The models, by type. */
export const modelSchema = z.discriminatedUnion('type', [irnn, rnnTanh, rnnRelu, lstm]);

export type ModelConfig = z.output<typeof modelSchema>;
