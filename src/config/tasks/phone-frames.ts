import { z } from 'zod';
import { path, size } from '../values.ts';
import { dataBase, type TaskFacts } from './facts.ts';
import { loss } from './metric.ts';

/** Speech that the program makes. */
const BUILT_IN = 'synthetic';

const syntheticSpeech = z.strictObject({
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

const schema = z.strictObject({
  name: z
    .literal('phone_frames')
    .describe('The phone, or phone state, in every 10 ms of speech (Section 4.4, Table 4).'),
  data: path
    .default(BUILT_IN)
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
  synthetic: syntheticSpeech.prefault({}).describe('The synthetic speech.'),
});

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text, 'i');
    return true;
  } catch {
    return false;
  }
}

type PhoneFrames = z.output<typeof schema>;

/** Whether there are utterances by a voice that is not trained on. */
export function hasNewVoice({ data, synthetic }: PhoneFrames): boolean {
  return data === BUILT_IN && synthetic.held_out_voice !== 'none';
}

const error = { better: 'lower', unit: 'fraction' } as const;

export const phoneFrames = {
  schema,
  metrics: [
    { name: 'frame_error', label: 'frame error', ...error },
    { name: 'frame_error_speech', label: 'frame error in speech', ...error },
    loss,
    // Whatever is chosen by it would no longer be new.
    {
      name: 'frame_error_new_voice',
      label: 'frame error, new voice',
      ...error,
      reportedOnly: true,
      when: hasNewVoice,
    },
  ],
  words: false,
  builtInData: BUILT_IN,
  trainingSequences: ({ data, synthetic }) => (data === BUILT_IN ? synthetic.train : null),
  idleKeys: ({ data }): Record<string, string> =>
    data === BUILT_IN ? { valid_speakers: 'for synthetic speech' } : { synthetic: 'unless data: synthetic' },
} as const satisfies TaskFacts<typeof schema>;
