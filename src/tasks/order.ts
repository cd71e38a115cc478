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
