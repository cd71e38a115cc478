/** What passes between tasks and engines. T time steps, B batch, I input size, O outputs; see spec.ts. */

/** One minibatch. The arrays belong to the task: they are valid until the next `batch` call of the same split. */
export interface Batch {
  /** The number of the update that a training batch is for (0, 1, 2, ...), or of an evaluation slice. */
  readonly index: number;
  /** Sequences (B). */
  readonly size: number;
  /** Time steps (T). */
  readonly steps: number;
  /**
   * Inputs, batch innermost: element (t, i, b) at (t * I + i) * B + b. This is the order in which the kernels read.
   * Features as floats, or one token a step (I = 1) as its number in the vocabulary.
   */
  readonly x_TIB: Float32Array | Int32Array;
  /**
   * What the head is trained on. Regression: B x O values. Softmax at the last step: B classes. Softmax at every step:
   * T x B classes, element (t, b) at t * B + b, where `UNSCORED` takes a step out of the loss and the score.
   */
  readonly target: Float32Array | Int32Array;
  /**
   * Steps of each sequence, at most T, or null when all have T. Beyond them nothing is computed that any result
   * depends on; their targets are `UNSCORED`. A sequence of length 0 fills up a training batch; it is not scored.
   */
  readonly lengths: Int32Array | null;
  /**
   * Sequence b goes on where sequence b of the previous batch ended, after its own last step (truncated
   * back-propagation through time): the hidden state is taken over, gradients stop. Where there was no batch before,
   * it is zero. Training and evaluation carry states of their own; a step that is skipped leaves its state as it was.
   * Bidirectional layers cannot carry.
   */
  readonly carry: boolean;
}

/** The target of a step that is not scored. */
export const UNSCORED = -1;

/** The targets of a batch that are scored: sequences, or steps for a head at every step. The mean loss is over them. */
export function countTargets({ target, size, lengths }: Batch): number {
  if (target instanceof Int32Array)
    return target.reduce((count, wanted) => count + Number(wanted !== UNSCORED), 0);
  return lengths === null ? size : lengths.reduce((count, length) => count + Number(length > 0), 0);
}

/** A model's scores on one batch, as sums, so that batches add up. */
export interface Scores {
  /** Targets that were scored: sequences, or steps for a head at every step. */
  readonly targets: number;
  /** Sum of squared errors, or of cross-entropies in nats. */
  readonly loss: number;
  /**
   * The most probable class at every scored position of `target`, and anything at the others; null for regression.
   * Valid until the next evaluation.
   */
  readonly predicted: Int32Array | null;
}

/** A batch of sequences that all have T steps and nothing before them. */
export function wholeSequences(batch: Omit<Batch, 'index' | 'lengths' | 'carry'>, index = 0): Batch {
  return { ...batch, index, lengths: null, carry: false };
}
