import { ExitCode, UserError } from '../../support/errors.ts';
import { Philox, permutation, Stream } from '../../support/philox.ts';
import { type Prompt, VOICES, type Voice } from './flite.ts';
import type { SpeechSplit } from './utterance.ts';

export interface SyntheticSettings {
  /** Utterances of each split. */
  readonly train: number;
  readonly valid: number;
  readonly test: number;
  /** A voice that speaks in no training utterance. */
  readonly held_out_voice: Voice | 'none';
}

export interface SyntheticUtterance {
  readonly split: SpeechSplit;
  readonly speaker: string;
  readonly prompt: Prompt;
}

/** Sentences that a speaker says: a voice at one rate and pitch. */
const SENTENCES_A_SPEAKER = 10;
const [SLOWEST, FASTEST] = [1.2, 0.85];
const [LOWEST, HIGHEST] = [0.8, 1.25];

/**
 * The utterances of the synthetic corpus. No sentence is said twice; voices take turns, the held-out one in `valid`
 * and `test` only. A speaker is a voice with a rate and a pitch of its own, for ten sentences. Everything is a
 * function of the settings alone, and a larger training set leaves the other splits as they were.
 * Throws UserError (78) when there are not enough sentences.
 */
export function syntheticUtterances(
  settings: SyntheticSettings,
  sentences: readonly string[],
): SyntheticUtterance[] {
  const wanted = settings.train + settings.valid + settings.test;
  if (wanted > sentences.length) {
    throw new UserError(
      ExitCode.badConfig,
      `task.synthetic: ${wanted} utterances, but there are only ${sentences.length} sentences to say`,
    );
  }
  const order = permutation(new Philox(0, Stream.speech), sentences.length);
  const trainingVoices = VOICES.filter((voice) => voice !== settings.held_out_voice);
  const utterances: SyntheticUtterance[] = [];
  for (const [k, split] of (['test', 'valid', 'train'] as const).entries()) {
    const voices = split === 'train' ? trainingVoices : VOICES;
    for (let i = 0; i < settings[split]; i++) {
      const voice = voices[i % voices.length]!;
      const number = Math.floor(i / voices.length / SENTENCES_A_SPEAKER);
      const random = new Philox(0, Stream.speech, 1 + number, 4 * k + VOICES.indexOf(voice));
      const stretch = between(FASTEST, SLOWEST, random.uniformAt(0));
      const pitch = between(LOWEST, HIGHEST, random.uniformAt(1));
      const text = sentences[order[utterances.length]!]!;
      utterances.push({
        split,
        speaker: `${split}-${voice}-${number}`,
        prompt: { text, voice, stretch, pitch },
      });
    }
  }
  return utterances;
}

/** A ratio between two, to three digits: equal steps of the uniform number are equal factors. */
function between(from: number, to: number, uniform: number): number {
  return Number((from * (to / from) ** uniform).toFixed(3));
}
