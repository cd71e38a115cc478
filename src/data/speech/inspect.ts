import { dirname, resolve } from 'node:path';
import { joinProblems, UserError } from '../../support/errors.ts';
import type { Inspection } from '../dataset.ts';
import { SAMPLE_RATE } from './filter-bank.ts';
import { loadFlite, VOICES } from './flite.ts';
import { readPrompts } from './prompts.ts';
import { assignSplits } from './splits.ts';
import { findTimit } from './timit.ts';
import { readPair, type SpeechSplit } from './utterance.ts';

/** What synthetic speech is made with. Throws UserError (65, 66) as a run that uses it does. */
export function inspectSynthetic(): Inspection {
  const { file } = loadFlite();
  return {
    task: 'phone_frames',
    folder: dirname(file.path),
    summary: `speech made by the program: ${VOICES.length} voices, ${readPrompts().length} sentences to say`,
    files: [file],
    original: true,
  };
}

/** Reads all audio and labels of a corpus in TIMIT layout. Throws UserError (65, 66) as a run that uses it does. */
export function inspectTimit(folder: string): Inspection {
  const samples: Record<SpeechSplit, number[]> = { train: [], valid: [], test: [] };
  const problems: UserError[] = [];
  for (const { split, audio, labels } of assignSplits(findTimit(folder), 'auto')) {
    try {
      samples[split].push(readPair(audio, labels).samples.length);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw joinProblems(problems);
  const parts = Object.entries(samples).map(([split, lengths]) => {
    const hours = lengths.reduce((sum, length) => sum + length, 0) / SAMPLE_RATE / 3600;
    return `${split} ${lengths.length} utterances, ${hours.toFixed(2)} h`;
  });
  return {
    task: 'phone_frames',
    folder: resolve(folder),
    summary: parts.join('; '),
    files: [],
    original: null,
  };
}
