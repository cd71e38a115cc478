import { readFileSync } from 'node:fs';
import { ExitCode, UserError } from '../../support/errors.ts';
import { packageRoot } from '../../support/package.ts';
import type { TimitUtterance } from './timit.ts';
import type { SpeechSplit } from './utterance.ts';

export interface SplitUtterance extends TimitUtterance {
  readonly split: SpeechSplit;
}

/** One in this many training speakers validates where nothing else is known. */
const EVERY = 5;

/**
 * Assigns the utterances of a corpus to splits; those of TIMIT's test part that belong to neither list are dropped.
 *
 * `auto`, for a corpus with TIMIT's core test speakers: the test split is theirs (24), validation is the 50
 * development speakers', who are in TEST too (Halberstadt 1998). For any other corpus: the test split is TEST, and
 * validation is every fifth training speaker's, in alphabetical order.
 *
 * Otherwise `validSpeakers` is a regular expression: the training speakers whose name has a match, whatever its
 * case, validate, and the test split is TEST.
 *
 * Throws UserError: 65 for a TIMIT that lacks some of those speakers, 78 when the expression leaves a split empty.
 */
export function assignSplits(utterances: readonly TimitUtterance[], validSpeakers: string): SplitUtterance[] {
  if (validSpeakers === 'auto') {
    const present = new Set(utterances.filter(({ part }) => part === 'test').map(({ speaker }) => speaker));
    if (list('core-test-speakers').some((speaker) => present.has(speaker)))
      return standardSplits(utterances, present);
  }
  const isValid = validSpeakers === 'auto' ? oneInFive(utterances) : matching(validSpeakers);
  const split = utterances.map((utterance): SplitUtterance => {
    const { part, speaker } = utterance;
    return { ...utterance, split: part === 'train' && isValid(speaker) ? 'valid' : part };
  });
  for (const name of ['train', 'valid'] as const) {
    if (split.some((utterance) => utterance.split === name)) continue;
    throw new UserError(
      ExitCode.badConfig,
      `task.valid_speakers: ${validSpeakers} leaves no speakers for the ${name === 'train' ? 'training' : 'validation'} split`,
    );
  }
  return split;
}

function standardSplits(
  utterances: readonly TimitUtterance[],
  present: ReadonlySet<string>,
): SplitUtterance[] {
  const valid = list('dev-speakers');
  const test = list('core-test-speakers');
  const absent = [...test, ...valid].filter((speaker) => !present.has(speaker));
  if (absent.length > 0) {
    throw new UserError(
      ExitCode.badData,
      `an incomplete copy of TIMIT: TEST has some of its core test speakers, but not ${absent.join(', ')}`,
    );
  }
  return utterances.flatMap((utterance): SplitUtterance[] => {
    if (utterance.part === 'train') return [{ ...utterance, split: 'train' }];
    if (valid.includes(utterance.speaker)) return [{ ...utterance, split: 'valid' }];
    return test.includes(utterance.speaker) ? [{ ...utterance, split: 'test' }] : [];
  });
}

function oneInFive(utterances: readonly TimitUtterance[]): (speaker: string) => boolean {
  const speakers = [
    ...new Set(utterances.flatMap(({ part, speaker }) => (part === 'train' ? speaker : []))),
  ].sort();
  const chosen = new Set(speakers.filter((_, i) => i % EVERY === EVERY - 1));
  return (speaker) => chosen.has(speaker);
}

function matching(expression: string): (speaker: string) => boolean {
  const pattern = new RegExp(expression, 'i');
  return (speaker) => pattern.test(speaker);
}

/** Speakers of TIMIT, in lower case. */
function list(name: 'core-test-speakers' | 'dev-speakers'): string[] {
  return readFileSync(`${packageRoot}corpora/timit/${name}.txt`, 'utf8').trim().split(/\s+/);
}
