import { withDataPath } from '../../config/data-base.ts';
import type { TaskConfig } from '../../config/schema.ts';
import { hasNewVoice } from '../../config/tasks/phone-frames.ts';
import { metricsOf } from '../../config/tasks.ts';
import { unwatched } from '../../data/dataset.ts';
import { loadSpeech, type SpeechUtterance, SYNTHETIC } from '../../data/speech/corpus.ts';
import { FEATURES, normalisedFeatures, type Scale } from '../../data/speech/features.ts';
import { FILTER_BANK } from '../../data/speech/filter-bank.ts';
import { type Targets, targetsOf } from '../../data/speech/phones.ts';
import { frameLabels } from '../../data/speech/segments.ts';
import { UNSCORED } from '../../models/batch.ts';
import type { Head, InputSpec } from '../../models/spec.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { Metrics, PreprocessingFile, Split, Task, TaskOptions } from '../task.ts';
import { LengthBuckets } from './length-buckets.ts';
import { constantFramePredictor, type FrameBatch, FrameTally } from './tally.ts';

type PhoneFramesConfig = Extract<TaskConfig, { name: 'phone_frames' }>;

/** Loads the corpus. Throws UserError: 65 and 66 for bad and missing files, 78 for a batch larger than the training split. */
export async function createTask(
  config: PhoneFramesConfig,
  { seeds, batchSize, preparation = unwatched }: TaskOptions,
): Promise<Task> {
  const corpus = await loadSpeech(withDataPath(config), preparation);
  return new PhoneFramesTask(config, { seed: seeds.order, batchSize }, corpus.utterances, corpus.sha256);
}

interface PhoneFramesOptions {
  readonly seed: number;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
}

interface Sequence {
  readonly frames: number;
  readonly newVoice: boolean;
  /** `FEATURES` a frame. */
  readonly features: Float32Array;
  /** A class a frame, or `UNSCORED`. */
  readonly labels: Int32Array;
}

const classWords = { states: 'phone states', phones: 'phones', folded: 'folded phones' } as const;

const FRAMES_AN_HOUR = 360_000;

/** Utterances that are scored together: as many as fill a vector register. */
const EVALUATION_BATCH = 16;

/**
 * Framewise phone classification (Le, Jaitly & Hinton 2015, section 4.4, on TIMIT): 120 features every 10 ms, a class
 * for each frame. The paper's targets are phone states from a forced alignment; here, `states` cuts every labelled
 * phone into three equal parts.
 */
class PhoneFramesTask implements Task {
  readonly input: InputSpec = { kind: 'features', size: FEATURES };
  readonly head: Head;
  readonly steps: number;
  readonly #metrics: readonly string[];
  readonly dataNote: string;
  readonly provenance: Readonly<Record<string, string | number>>;
  readonly #targets: Targets;
  readonly #withNewVoice: boolean;
  readonly #sequences: Readonly<Record<Split, readonly Sequence[]>>;
  readonly #normalisation: PhoneFramesConfig['normalisation'];
  readonly #scale: Scale | null;
  readonly #batchSize: number;
  readonly #buckets: LengthBuckets;
  /** Evaluation batches, of sequences of about the same length. */
  readonly #slices: Readonly<Record<'valid' | 'test', readonly (readonly Sequence[])[]>>;
  readonly #buffers: Record<Split, BatchBuffer> = {
    train: new BatchBuffer(),
    valid: new BatchBuffer(),
    test: new BatchBuffer(),
  };
  #baseline: Metrics | null = null;

  constructor(
    config: PhoneFramesConfig,
    { seed, batchSize }: PhoneFramesOptions,
    utterances: readonly SpeechUtterance[],
    sha256: string,
  ) {
    this.#targets = targetsOf(config.targets);
    this.#normalisation = config.normalisation;
    const { features, scale } = normalisedFeatures(utterances, config.normalisation);
    this.#scale = scale;
    this.#sequences = makeSequences(utterances, features, this.#targets);
    const { train, valid, test } = this.#sequences;
    if (batchSize > train.length) {
      throw new UserError(
        ExitCode.badConfig,
        `training.batch: a minibatch of ${batchSize} is more than the ${train.length} training utterances`,
      );
    }
    this.#batchSize = batchSize;
    const lengths = train.map(({ frames }) => frames);
    this.#buckets = new LengthBuckets(seed, lengths, batchSize);
    this.#slices = { valid: slices(valid), test: slices(test) };
    this.head = { kind: 'softmax', size: this.#targets.classes.length, at: 'every-step' };
    this.steps = Math.max(...lengths);
    this.#metrics = metricsOf(config).map(({ name }) => name);
    this.#withNewVoice = hasNewVoice(config);
    this.dataNote = describe(config, this.#sequences, this.#targets);
    this.provenance = {
      corpus_sha256: sha256,
      filter_banks: FILTER_BANK,
      classes: this.#targets.classes.length,
      ...countAll(this.#sequences),
      padding: Number(this.#buckets.padding.toFixed(4)),
    };
  }

  batch(split: Split, index: number): FrameBatch {
    if (split === 'train') {
      const sequences = [...this.#buckets.batch(index)].map((i) => this.#sequences.train[i]!);
      return this.#buffers.train.write(index, this.#batchSize, sequences);
    }
    const sequences = this.#slices[split][index];
    if (!sequences) throw new RangeError(`there is no evaluation batch ${index}`);
    return this.#buffers[split].write(index, sequences.length, sequences);
  }

  batches(split: 'valid' | 'test'): number {
    return this.#slices[split].length;
  }

  size(split: Split): number {
    return this.#sequences[split].length;
  }

  /**
   * The features' `mean` and `factor` (one over the standard deviation), null where each speaker has their own; the
   * `classes` by name, and which of them are `silent`.
   */
  preprocessing(): ReadonlyMap<PreprocessingFile, string> {
    const { classes, silent } = this.#targets;
    const content = {
      filter_banks: FILTER_BANK,
      normalisation: this.#normalisation,
      mean: this.#scale === null ? null : [...this.#scale.mean],
      factor: this.#scale === null ? null : [...this.#scale.factor],
      classes,
      silent,
    };
    return new Map([['features.json', `${JSON.stringify(content)}\n`]]);
  }

  tally(): FrameTally {
    return new FrameTally(this.#targets.silent, this.#withNewVoice);
  }

  /** Chosen on the training frames, scored on the test frames: see `constantFramePredictor`. */
  get baseline(): Metrics {
    this.#baseline ??= constantFramePredictor(this.#sequences, this.#targets.silent, this.#metrics);
    return this.#baseline;
  }
}

function makeSequences(
  utterances: readonly SpeechUtterance[],
  features: readonly Float32Array[],
  targets: Targets,
): Record<Split, Sequence[]> {
  const sequences: Record<Split, Sequence[]> = { train: [], valid: [], test: [] };
  for (const [i, { split, frames, newVoice, segments }] of utterances.entries()) {
    const labels = frameLabels(segments, frames, targets);
    sequences[split].push({ frames, newVoice, features: features[i]!, labels });
  }
  return sequences;
}

/** What the data is, and how much of a score silence can make up. */
function describe(
  { data, targets: set }: PhoneFramesConfig,
  { train, test }: Readonly<Record<Split, readonly Sequence[]>>,
  { classes, silent }: Targets,
): string {
  const known = test.filter(({ newVoice }) => !newVoice).flatMap(({ labels }) => [...labels]);
  const scored = known.filter((label) => label !== UNSCORED);
  const silence = scored.filter((label) => silent[label]).length / scored.length;
  const hours = train.reduce((sum, { frames }) => sum + frames, 0) / FRAMES_AN_HOUR;
  const what = data === SYNTHETIC ? 'synthetic speech' : `speech in ${data}`;
  return `${what}, ${hours.toFixed(2)} h to train on; ${classes.length} ${classWords[set]}; ${(100 * silence).toFixed(0)} % of the test frames are silence`;
}

/** Shortest first, so that batches hold little padding; a new voice's apart, after the others. */
function slices(sequences: readonly Sequence[]): Sequence[][] {
  const batches: Sequence[][] = [];
  for (const newVoice of [false, true]) {
    const group = sequences.filter((sequence) => sequence.newVoice === newVoice);
    group.sort((a, b) => a.frames - b.frames);
    for (let at = 0; at < group.length; at += EVALUATION_BATCH)
      batches.push(group.slice(at, at + EVALUATION_BATCH));
  }
  return batches;
}

function countAll(sequences: Readonly<Record<Split, readonly Sequence[]>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(sequences).flatMap(([split, all]) => [
      [`${split}_utterances`, all.length],
      [`${split}_frames`, all.reduce((sum, { frames }) => sum + frames, 0)],
    ]),
  );
}

/** Lays sequences out as a batch, in buffers that grow to the largest and are used again. */
class BatchBuffer {
  #x = new Float32Array();
  #target = new Int32Array();

  /** `size` rows, of which those beyond the sequences have length 0. */
  write(index: number, size: number, sequences: readonly Sequence[]): FrameBatch {
    const lengths = new Int32Array(size);
    for (const [b, { frames }] of sequences.entries()) lengths[b] = frames;
    const steps = Math.max(...lengths);
    const [inputs, targets] = [steps * FEATURES * size, steps * size];
    if (this.#x.length < inputs) this.#x = new Float32Array(inputs);
    if (this.#target.length < targets) this.#target = new Int32Array(targets);
    const x_TIB = this.#x.subarray(0, inputs).fill(0);
    const target = this.#target.subarray(0, targets).fill(UNSCORED);
    for (const [b, { features, labels }] of sequences.entries()) {
      for (let i = 0, to = b; i < features.length; i++, to += size) x_TIB[to] = features[i]!;
      for (let t = 0, to = b; t < labels.length; t++, to += size) target[to] = labels[t]!;
    }
    const newVoice = sequences[0]!.newVoice;
    return { index, size, steps, x_TIB, target, lengths, carry: false, newVoice };
  }
}
