import { z } from 'zod';
import { engineNames, instructionSets } from './engines.ts';
import { modelSchema } from './model-schema.ts';
import { taskSchema } from './tasks.ts';
import { stopSchema, trainingSchema } from './training-schema.ts';
import { count, MANY, safeName, seed } from './values.ts';

/** Null stands for the run's seed. */
const ownSeed = seed.nullable().default(null);

/** The config of one run. `z.input` is what a user writes, `z.output` is what the program runs. */
export const configSchema = z.strictObject({
  name: safeName.describe("Name of the experiment: the first part of the run directory's name."),
  seed: seed.default(1).describe('Seed of everything random: initial weights, data, order.'),
  seeds: z
    .strictObject({
      data: ownSeed.describe('Seed of data that the program draws: the sequences of the adding problem.'),
      weights: ownSeed.describe('Seed of the initial weights.'),
      order: ownSeed.describe('Seed of what is random while training: order, dropout, sampled classes.'),
    })
    .default({ data: null, weights: null, order: null })
    .describe('Seeds of their own for parts of it, so that one can vary alone; null is the seed above.'),
  task: taskSchema.describe('What is learned.'),
  model: modelSchema.describe('What learns it.'),
  training: trainingSchema.describe('How it is trained.'),
  evaluate: z
    .strictObject({ every: count.describe('Steps between evaluations.') })
    .describe('When it is scored.'),
  stop: stopSchema
    .nullable()
    .default(null)
    .describe('When a run ends early, as solved or as getting no better; null for never.'),
  checkpoint: z
    .strictObject({
      every: count.default(50_000).describe('Steps between checkpoints.'),
      keep: z.int().min(2).max(MANY).default(2).describe('Newest checkpoints that are kept.'),
      best: z
        .string()
        .regex(/^valid_/, { error: 'a checkpoint is chosen by a validation metric only (valid_...)' })
        .nullable()
        .default(null)
        .meta({
          description:
            'Also keep the checkpoint of the best evaluation by this metric, one that "stop.metric" takes. Null for none, but under a stop rule with patience by its metric.',
          examples: ['valid_mse', 'valid_accuracy'],
        }),
      keep_every: count
        .nullable()
        .default(null)
        .describe('Also save and keep a checkpoint each so many steps; null for none.'),
    })
    .default({ every: 50_000, keep: 2, best: null, keep_every: null })
    .describe('When the state is saved, to resume from, and what of it is kept.'),
  logging: z
    .strictObject({
      tensorboard: z
        .boolean()
        .default(false)
        .describe('Also write the metrics as a TensorBoard event file into the run directory.'),
    })
    .default({ tensorboard: false })
    .describe('What is written besides; it has no influence on results.'),
  engine: z
    .strictObject({
      name: z
        .enum(['auto', ...engineNames])
        .default('auto')
        .describe(
          'What suits model and machine; the fast C++ kernels; the same as WebAssembly; TensorFlow with a GPU; slow and plain TensorFlow.js operations.',
        ),
      device: z
        .enum(['auto', 'cuda', 'cpu'])
        .default('auto')
        .describe('Where the tensorflow engine computes; "auto" is a GPU if there is one.'),
      instruction_set: z
        .enum(['auto', ...instructionSets])
        .default('auto')
        .describe('Kernels of the native engine; results are bit-identical only within one.'),
      threads: z
        .int()
        .min(1)
        .max(64)
        .default(1)
        .describe(
          'Threads of the native engine that share a training step, at most: no more than there are cores, and than the model has work for. Results are the same for any number.',
        ),
    })
    .default({ name: 'auto', device: 'auto', instruction_set: 'auto', threads: 1 })
    .describe('What computes it.'),
});

export type Config = z.output<typeof configSchema>;
export type { ModelConfig } from './model-schema.ts';
export type { TaskConfig } from './tasks.ts';
