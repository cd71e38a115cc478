import { ExitCode, UserError } from '../../support/errors.ts';
import { readAudio, readBytes } from './audio.ts';
import { filterBank, frameCount, SAMPLE_RATE } from './filter-bank.ts';
import { type Prompt, speak } from './flite.ts';
import { parsePhn, type Segments } from './segments.ts';

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
  const { samples, segments } = readPair(source.audio, source.labels);
  return { samples: samples.length, bands: filterBank(samples), segments };
}

/** The samples and segments of a pair of files. Throws UserError as `analyse` does. */
export function readPair(audio: string, labels: string): { samples: Int16Array; segments: Segments } {
  const { samples, sampleRate } = readAudio(audio);
  if (sampleRate !== SAMPLE_RATE) {
    throw new UserError(
      ExitCode.badData,
      `${audio}: expected ${SAMPLE_RATE} samples a second, found ${sampleRate}`,
    );
  }
  if (frameCount(samples.length) === 0) {
    throw new UserError(
      ExitCode.badData,
      `${audio}: expected at least 25 ms of speech, found ${samples.length} samples`,
    );
  }
  const text = Buffer.from(readBytes(labels)).toString('latin1');
  return { samples, segments: parsePhn(labels, text, samples.length) };
}
