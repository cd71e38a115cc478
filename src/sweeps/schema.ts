import { z } from 'zod';
import type { SchemaNode } from '../config/json-schema.ts';
import { count, safeName, seed } from '../config/values.ts';

const path = z.string().min(1).max(4096);
const anyValue = z.unknown();
const settings = z.record(z.string(), anyValue);
const axes = z.record(z.string(), z.array(anyValue).min(1));

/** What a key of a random search is drawn from. */
const domain = z.union([
  z.array(anyValue).min(1),
  z.strictObject({
    from: z.number().describe('The least value.'),
    to: z.number().describe('The largest value.'),
    log: z
      .boolean()
      .default(false)
      .describe('Uniform in the logarithm: as many values below 0.01 as above, from 0.001 to 0.1.'),
    integer: z.boolean().default(false).describe('Whole numbers, both ends included.'),
  }),
]);

/** Goes into a line of a script, so it is one word of ASCII. */
const word = z.string().regex(/^[!-~]{1,200}$/, { error: 'expected one word' });
const slurmTime = z.string().regex(/^(\d+-\d+|\d+)(:\d+){0,2}$/, {
  error: 'expected minutes, minutes:seconds, hours:minutes:seconds or days-hours:minutes:seconds',
});
const slurmMemory = z.string().regex(/^\d+[KMGT]?$/, { error: 'expected a size such as 500M or 2G' });

/** Options that the launcher depends on. */
const ours =
  'array|cpus-per-task|dependency|job-name|mem|no-requeue|ntasks|open-mode|output|parsable|partition|requeue|signal|time|wait';

const slurm = z.strictObject({
  partition: word.optional().describe('Partition; the default one if absent.'),
  time: z
    .union([z.int().min(1), slurmTime])
    .optional()
    .describe(
      'Time limit of one allocation, as for sbatch: minutes, or text such as 2:00:00. A run takes several.',
    ),
  cpus: z.int().min(1).max(4096).default(1).describe('CPUs a run.'),
  mem: slurmMemory.optional().describe('Memory a run, as for sbatch: 2G.'),
  throttle: count.optional().describe('Runs at once, at most.'),
  signal: z
    .int()
    .min(1)
    .max(65_535)
    .default(120)
    .describe(
      'Seconds before the time limit at which a run saves a checkpoint and is requeued. Slurm may be a minute early.',
    ),
  requeues: z.int().min(0).max(10_000).default(100).describe('How often a run is requeued at most.'),
  extra: z
    .array(
      z.string().regex(new RegExp(`^--(?!(${ours})\\b)[a-z][ -~]*$`), {
        error: 'expected one more option of sbatch, such as "--account=project"',
      }),
    )
    .default([])
    .describe('Further options of sbatch, such as "--account=project".'),
});

/** A sweep file. `z.input` is what a user writes. */
export const sweepSchema = z.strictObject({
  name: safeName.describe("Name of the sweep: the first part of its folder's name."),
  base: z
    .union([path, z.array(path).min(1)])
    .describe(
      'The config that is varied, or several: paths from the folder of this file, or names of configs that come with the program.',
    ),
  set: settings.default({}).describe('Keys that every run gets, by dotted path.'),
  grid: axes.default({}).describe('Lists of values by dotted path: every combination is run.'),
  zip: axes
    .default({})
    .describe('Lists of equal length by dotted path: first with first, second with second.'),
  random: z
    .strictObject({
      count: z.int().min(1).max(100_000).describe('How many different trials.'),
      seed: seed.default(1).describe('Seed of the draws; the runs have seeds of their own.'),
      over: z
        .record(z.string(), domain)
        .describe('What is drawn, by dotted path: a range of numbers, or a list of values.'),
    })
    .nullable()
    .default(null)
    .describe('Random search (Bergstra & Bengio 2012): each combination of the rest with every trial.'),
  seeds: z
    .union([z.int().min(1).max(10_000), z.array(seed).min(1)])
    .optional()
    .describe(
      "How many seeds each combination is run with (1, 2, ...), or a list of them. The base config's if absent.",
    ),
  overrides: z
    .array(
      z.strictObject({
        when: settings.describe('Values, or lists of values, by dotted path: all of them have to match.'),
        set: settings.describe('What those combinations get, by dotted path.'),
      }),
    )
    .default([])
    .describe('Keys that only some combinations get.'),
  exclude: z
    .array(settings)
    .default([])
    .describe('Combinations that are not run: values, or lists of values, by dotted path.'),
  select: z
    .strictObject({
      metric: z
        .string()
        .regex(/^valid_/, { error: 'runs are compared by a validation metric only (valid_...)' })
        .describe('The validation metric that says which run is better.'),
      mark: z
        .number()
        .nullable()
        .default(null)
        .describe(
          'A value of the metric to be reached: runs that reach it are better than others, the sooner the better. Without it, what counts in that way is the stop rule.',
        ),
      score: z
        .enum(['last', 'best'])
        .default('last')
        .describe("A run's last evaluation, or its best one, which single spikes do not spoil."),
      each: z
        .array(z.string())
        .default([])
        .describe('Dotted paths: the best one is chosen for each of their values, such as each model.type.'),
    })
    .nullable()
    .default(null)
    .describe('How the best combination is chosen: by its mean over seeds.'),
  halving: z
    .strictObject({
      rungs: z
        .array(count)
        .min(1)
        .describe('Steps at which only the best go on; they end at training.steps.'),
      eta: z.int().min(2).max(1_000).default(4).describe('One of this many combinations goes on.'),
      asynchronous: z
        .boolean()
        .optional()
        .describe(
          'Whoever is among the best 1/eta of those that have reached a rung so far goes on at once (ASHA; Li et al. 2020); by default all wait until the rung is complete.',
        ),
    })
    .nullable()
    .default(null)
    .describe('Successive halving (Jamieson & Talwalkar 2016): give up early on what is behind.'),
  slurm: slurm.prefault({}).describe('What --launcher slurm asks for.'),
});

export type SweepSettings = z.output<typeof sweepSchema>;
export type SlurmSettings = SweepSettings['slurm'];

let cached: SchemaNode | undefined;

/** JSON Schema (draft 7) of what may be written in a sweep file. */
export function sweepJsonSchema(): SchemaNode {
  cached ??= z.toJSONSchema(sweepSchema, { io: 'input', target: 'draft-07' }) as SchemaNode;
  return cached;
}
