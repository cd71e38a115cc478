import { createHash } from 'node:crypto';
import { readCache, writeCache } from '../../support/cache.ts';
import type { ByteSource } from '../../support/file-bytes.ts';
import { readSafetensors, safetensorsParts } from '../../support/safetensors.ts';
import type { Preparation } from '../dataset.ts';
import { analyseAll } from './analyse-all.ts';
import { readBytes } from './audio.ts';
import { BANDS, FILTER_BANK, frameCount } from './filter-bank.ts';
import { loadFlite } from './flite.ts';
import { readPrompts } from './prompts.ts';
import { SEGMENT, type Segments } from './segments.ts';
import { assignSplits } from './splits.ts';
import { type SyntheticSettings, syntheticUtterances } from './synthetic.ts';
import { findTimit } from './timit.ts';
import type { Source, SpeechSplit } from './utterance.ts';

/** The value of a config's `task.data` that stands for speech made by the program. */
export const SYNTHETIC = 'synthetic';

export interface SpeechSettings {
  /** `synthetic`, or a folder in TIMIT layout. */
  readonly data: string;
  /** See `assignSplits`; for a folder. */
  readonly valid_speakers: string;
  /** For synthetic speech. */
  readonly synthetic: SyntheticSettings;
}

export interface SpeechUtterance {
  readonly split: SpeechSplit;
  readonly speaker: string;
  /** It is spoken by the voice that training does not hear. */
  readonly newVoice: boolean;
  readonly frames: number;
  /** Log mel filter bank energies, `BANDS` a frame. */
  readonly bands: Float32Array;
  readonly segments: Segments;
}

export interface SpeechCorpus {
  readonly utterances: readonly SpeechUtterance[];
  /** Hash of everything that the utterances come from: audio and labels, or prompts and the synthesizer. */
  readonly sha256: string;
  /** The file name of its filter banks in the cache. */
  readonly cached: string;
}

/** What is known of an utterance before it is read or made. */
interface Listed {
  readonly split: SpeechSplit;
  readonly speaker: string;
  readonly newVoice: boolean;
  readonly source: Source;
}

/**
 * Loads a corpus with its filter banks, from the cache or, the first time, from audio.
 * Throws UserError: 65 and 66 for bad and missing files, 78 for splits that would be empty.
 */
export async function loadSpeech(settings: SpeechSettings, preparation: Preparation): Promise<SpeechCorpus> {
  const { listed, sha256, flite } =
    settings.data === SYNTHETIC ? listSynthetic(settings.synthetic) : listFolder(settings);
  const sources = listed.map(({ source }) => source);
  const key = createHash('sha256').update(`${FILTER_BANK} ${sha256}`).digest('hex').slice(0, 16);
  const cached = `filter-banks-${key}.bin`;
  const analyses =
    (await fromCache(cached, preparation)) ??
    (await intoCache(cached, settings, sources, flite, preparation));
  const utterances = listed.map(({ split, speaker, newVoice }, i): SpeechUtterance => {
    const { samples, bands, segments } = analyses[i]!;
    return { split, speaker, newVoice, frames: frameCount(samples), bands, segments };
  });
  return { utterances, sha256, cached };
}

function listSynthetic(settings: SyntheticSettings) {
  const flite = loadFlite();
  const utterances = syntheticUtterances(settings, readPrompts());
  const listed = utterances.map(
    ({ split, speaker, prompt }): Listed => ({
      split,
      speaker,
      newVoice: prompt.voice === settings.held_out_voice,
      source: { kind: 'prompt', prompt },
    }),
  );
  const text = JSON.stringify([flite.file.sha256, utterances.map(({ prompt }) => prompt)]);
  return { listed, sha256: createHash('sha256').update(text).digest('hex'), flite: flite.module };
}

function listFolder({ data, valid_speakers }: SpeechSettings) {
  const utterances = assignSplits(findTimit(data), valid_speakers);
  const hash = createHash('sha256');
  for (const { part, speaker, name, audio, labels } of utterances) {
    const [audioHash, labelsHash] = [audio, labels].map((path) =>
      createHash('sha256').update(readBytes(path)).digest('hex'),
    );
    hash.update(`${part} ${speaker} ${name} ${audioHash} ${labelsHash}\n`);
  }
  const listed = utterances.map(
    ({ split, speaker, audio, labels }): Listed => ({
      split,
      speaker,
      newVoice: false,
      source: { kind: 'files', audio, labels },
    }),
  );
  return { listed, sha256: hash.digest('hex'), flite: null };
}

type Analyses = Awaited<ReturnType<typeof analyseAll>>;

async function intoCache(
  name: string,
  { data }: SpeechSettings,
  sources: readonly Source[],
  flite: WebAssembly.Module | null,
  preparation: Preparation,
): Promise<Analyses> {
  const what = data === SYNTHETIC ? 'speaking and analysing sentences' : `analysing the speech in ${data}`;
  preparation.begin(what, sources.length);
  let analyses: Analyses;
  try {
    analyses = await analyseAll(sources, flite, preparation);
  } finally {
    preparation.end();
  }
  try {
    writeCache(name, encode(analyses));
  } catch (error) {
    preparation.note(`the filter banks are not cached (${(error as Error).message})`);
  }
  return analyses;
}

async function fromCache(name: string, preparation: Preparation): Promise<Analyses | null> {
  const analyses = readCache(name, decode);
  if (analyses !== 'damaged') return analyses;
  preparation.note(`the cached filter banks (${name}) are damaged and are computed again`);
  return null;
}

/** Filter banks one utterance after the other; beside them the utterances' lengths, and segments under their number. */
function encode(analyses: Analyses): Uint8Array[] {
  const frames = analyses.reduce((sum, { samples }) => sum + frameCount(samples), 0);
  const bands = new Float32Array(frames * BANDS);
  let at = 0;
  for (const analysis of analyses) {
    bands.set(analysis.bands, at);
    at += analysis.bands.length;
  }
  const lengths = Float64Array.from(analyses.flatMap(({ samples, segments }) => [samples, segments.length]));
  const segments = Float64Array.from(analyses.flatMap((analysis) => [...analysis.segments]));
  const tensors = new Map([
    ['bands', { shape: [frames, BANDS], data: bands }],
    ['lengths', { shape: [analyses.length, 2], data: lengths }],
    ['segments', { shape: [segments.length / SEGMENT, SEGMENT], data: segments }],
  ]);
  return safetensorsParts({ tensors, metadata: {} });
}

function decode(content: ByteSource): Analyses {
  const { tensors } = readSafetensors(content);
  const bands = tensors.get('bands')!.data as Float32Array;
  const lengths = tensors.get('lengths')!.data;
  const allSegments = Int32Array.from(tensors.get('segments')!.data);
  const analyses: Analyses = [];
  let bandsAt = 0;
  let segmentsAt = 0;
  for (let i = 0; i < lengths.length; i += 2) {
    const [samples, size] = [lengths[i]!, lengths[i + 1]!];
    const bandsEnd = bandsAt + frameCount(samples) * BANDS;
    analyses.push({
      samples,
      bands: bands.subarray(bandsAt, bandsEnd),
      segments: allSegments.subarray(segmentsAt, segmentsAt + size),
    });
    bandsAt = bandsEnd;
    segmentsAt += size;
  }
  return analyses;
}
