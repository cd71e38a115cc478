import { readFileSync } from 'node:fs';
import { ExitCode, UserError } from '../../support/errors.ts';
import { readAudio } from './audio.ts';
import { filterBank, frameCount, SAMPLE_RATE } from './filter-bank.ts';
import { type Prompt, speak } from './flite.ts';
import { parsePhn, type Segments } from './phn.ts';

export type SpeechSplit = 'train' | 'valid' | 'test';

/** Where an utterance comes from: a pair of files, or the synthesizer. */
export type Source =
  | { readonly kind: 'files'; readonly audio: string; readonly labels: string }
  | { readonly kind: 'prompt'; readonly prompt: Prompt };

/** What is computed from an utterance once. */
export interface Analysis {
  /** Length of the audio at 16 kHz. */
  readonly samples: number;
  /** Log mel filter bank energies, `BANDS` a frame. */
  readonly bands: Float32Array;
  readonly segments: Segments;
}

/**
 * Reads or makes an utterance and computes its filter banks. `flite` is needed for prompts.
 * Throws UserError naming the file, and the line in a file of labels: 65 bad, 66 missing.
 */
export function analyse(source: Source, flite: WebAssembly.Module | null): Analysis {
  if (source.kind === 'prompt') {
    const { samples, segments } = speak(flite!, source.prompt);
    return { samples: samples.length, bands: filterBank(samples), segments };
  }
  const { samples, sampleRate } = readAudio(source.audio);
  if (sampleRate !== SAMPLE_RATE) {
    throw new UserError(
      ExitCode.badData,
      `${source.audio}: expected ${SAMPLE_RATE} samples a second, found ${sampleRate}`,
    );
  }
  if (frameCount(samples.length) === 0) {
    throw new UserError(
      ExitCode.badData,
      `${source.audio}: expected at least 25 ms of speech, found ${samples.length} samples`,
    );
  }
  const segments = parsePhn(source.labels, readFileSync(source.labels, 'latin1'), samples.length);
  return { samples: samples.length, bands: filterBank(samples), segments };
}
