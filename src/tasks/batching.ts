import { Philox, permutation, Stream } from '../support/philox.ts';

/**
 * The order in which training visits its elements: one endless sequence of positions, cut into epochs that
 * each hold every element exactly once, shuffled anew. Batch `index` is positions [index * B, (index + 1) * B):
 * a batch may straddle two epochs, and no remainder is dropped.
 */
export class TrainingOrder {
  readonly #seed: number;
  readonly #size: number;
  /** The permutations of an even and an odd epoch: the two that one batch may need. */
  readonly #cached: [CachedEpoch | null, CachedEpoch | null] = [null, null];

  /** `size` elements; Infinity for data that never repeats, whose elements are its positions. */
  constructor(seed: number, size: number) {
    this.#seed = seed;
    this.#size = size;
  }

  /** The element at a position (0, 1, 2, ...): a pure function of seed, size and position. */
  element(position: number): number {
    if (this.#size === Infinity) return position;
    const epoch = Math.floor(position / this.#size);
    return this.#permutation(epoch)[position - epoch * this.#size] as number;
  }

  #permutation(epoch: number): Uint32Array {
    const slot = (epoch % 2) as 0 | 1;
    const cached = this.#cached[slot];
    if (cached?.epoch === epoch) return cached.permutation;
    const fresh = {
      epoch,
      permutation: permutation(new Philox(this.#seed, Stream.order, epoch), this.#size),
    };
    this.#cached[slot] = fresh;
    return fresh.permutation;
  }
}

interface CachedEpoch {
  readonly epoch: number;
  readonly permutation: Uint32Array;
}

/** Consecutive slices that together hold every sequence of a split exactly once; the last may be smaller. */
export interface EvaluationBatches {
  readonly size: number;
  count(sequences: number): number;
  /** Sequences [from, to) of slice `index`. Throws RangeError beyond the last slice. */
  range(sequences: number, index: number): { readonly from: number; readonly to: number };
}

const TARGET_SEQUENCES = 256;
const LARGEST_INPUT_BYTES = 4 * 2 ** 20;
const LANES = 16;

/**
 * Evaluation slices for sequences of `steps` steps of `inputSize` features. 256 sequences keep an input of the
 * paper's lengths under 1 MB, which stays in a core's second-level cache between writing and reading it, and
 * make the price of a call invisible. Longer sequences get fewer, down to the 16 that fill a vector register:
 * an input of at most 4 MB, beyond T = 32,768 for two features as much as 16 sequences take.
 */
export function evaluationBatches(steps: number, inputSize: number): EvaluationBatches {
  const affordable = Math.floor(LARGEST_INPUT_BYTES / (4 * steps * inputSize) / LANES) * LANES;
  const size = Math.max(LANES, Math.min(TARGET_SEQUENCES, affordable));
  return {
    size,
    count: (sequences) => Math.ceil(sequences / size),
    range(sequences, index) {
      const from = index * size;
      if (!(index >= 0 && from < sequences)) throw new RangeError(`there is no evaluation batch ${index}`);
      return { from, to: Math.min(from + size, sequences) };
    },
  };
}
