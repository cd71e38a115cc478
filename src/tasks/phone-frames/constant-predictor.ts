import { UNSCORED } from '../../models/batch.ts';
import type { Metrics, Split } from '../task.ts';

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
