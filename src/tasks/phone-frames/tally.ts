import { type Batch, type Scores, UNSCORED } from '../../models/batch.ts';
import type { Metrics, Split, Tally } from '../task.ts';

/** A batch to be scored, all of it by known voices or all of it by a new one. */
export interface FrameBatch extends Batch {
  readonly newVoice: boolean;
}

/**
 * `frame_error`, the share of scored frames whose class is not the most probable one; `frame_error_speech`, the same
 * over frames that are not silence; `loss`, the mean cross-entropy in nats. All over known voices; a new voice has its
 * own `frame_error_new_voice`.
 */
export class FrameTally implements Tally {
  readonly #silent: readonly boolean[];
  readonly #withNewVoice: boolean;
  #loss = 0;
  #lossTargets = 0;
  readonly #known = new ErrorCount();
  readonly #speech = new ErrorCount();
  readonly #newVoice = new ErrorCount();

  /** `silent` says of every class whether it is silence. */
  constructor(silent: readonly boolean[], withNewVoice: boolean) {
    this.#silent = silent;
    this.#withNewVoice = withNewVoice;
  }

  add({ target, newVoice }: FrameBatch, { targets, loss, predicted }: Scores): void {
    if (!newVoice) {
      this.#loss += loss;
      this.#lossTargets += targets;
    }
    for (let i = 0; i < target.length; i++) {
      const label = target[i]!;
      if (label === UNSCORED) continue;
      const wrong = label !== predicted![i];
      if (newVoice) {
        this.#newVoice.add(wrong);
      } else {
        this.#known.add(wrong);
        if (!this.#silent[label]) this.#speech.add(wrong);
      }
    }
  }

  result(): Metrics {
    return {
      frame_error: this.#known.share(),
      frame_error_speech: this.#speech.share(),
      loss: this.#loss / this.#lossTargets,
      ...(this.#withNewVoice && { frame_error_new_voice: this.#newVoice.share() }),
    };
  }
}

class ErrorCount {
  #wrong = 0;
  #all = 0;

  add(wrong: boolean): void {
    this.#all += 1;
    if (wrong) this.#wrong += 1;
  }

  share(): number {
    return this.#wrong / this.#all;
  }
}

interface LabelledFrames {
  readonly newVoice: boolean;
  /** A class a frame, or `UNSCORED`. */
  readonly labels: Int32Array;
}

/**
 * What constant predictions, chosen on the training frames, score on the test frames: for `frame_error` and a new
 * voice always the most frequent class, for `frame_error_speech` always the most frequent class that is not silence,
 * and for `loss` the frequencies of the classes, each counted once more than it occurs.
 */
export function constantFramePredictor(
  sequences: Readonly<Record<Split, readonly LabelledFrames[]>>,
  silent: readonly boolean[],
  metrics: readonly string[],
): Metrics {
  const train = count(sequences.train, silent.length);
  const known = count(
    sequences.test.filter(({ newVoice }) => !newVoice),
    silent.length,
  );
  const newVoice = count(
    sequences.test.filter((sequence) => sequence.newVoice),
    silent.length,
  );
  const spoken = (counts: Float64Array) => counts.map((n, label) => (silent[label] ? 0 : n));
  const all = sum(train) + silent.length;
  const loss = known.reduce((total, n, label) => total - n * Math.log((train[label]! + 1) / all), 0);
  const scores: Metrics = {
    frame_error: errorOf(train, known),
    frame_error_speech: errorOf(spoken(train), spoken(known)),
    loss: loss / sum(known),
    frame_error_new_voice: errorOf(train, newVoice),
  };
  return Object.fromEntries(metrics.map((name) => [name, scores[name]!]));
}

/** The error on frames of these counts of always answering the most frequent class of others. */
function errorOf(train: Float64Array, test: Float64Array): number {
  return 1 - test[train.indexOf(Math.max(...train))]! / sum(test);
}

/** Scored frames of each class. */
function count(sequences: readonly LabelledFrames[], classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const { labels } of sequences) for (const label of labels) if (label !== UNSCORED) counts[label]! += 1;
  return counts;
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, n) => total + n, 0);
}
