import { Philox, permutation, Stream } from '../support/philox.ts';

/** Padding is kept under this share of a batch's steps, where the lengths allow it. */
const TOLERATED_PADDING = 0.08;

/** Parts of an epoch's random numbers: which sequences meet, and which batch comes when. */
const COMPOSITION = 0;
const SEQUENCE = 1;

/**
 * Training batches of sequences of about the same length. Every epoch shuffles the sequences, sorts them by length
 * within pools of some batches' size, cuts the pools into batches and shuffles these: every sequence exactly once an
 * epoch, and the batch at any index is a pure function of seed, lengths and index. The pools are the smallest, by
 * doubling, that keep padding small: the smaller they are, the more the company of a sequence changes.
 */
export class LengthBuckets {
  readonly batchesPerEpoch: number;
  /** Of all the steps in the batches of the first epoch, the share that is padding, rows without a sequence included. */
  readonly padding: number;
  readonly #seed: number;
  readonly #lengths: readonly number[];
  readonly #batchSize: number;
  #poolBatches = 1;
  #cached: { readonly epoch: number; readonly batches: readonly Uint32Array[] } | null = null;

  constructor(seed: number, lengths: readonly number[], batchSize: number) {
    this.#seed = seed;
    this.#lengths = lengths;
    this.#batchSize = batchSize;
    this.batchesPerEpoch = Math.ceil(lengths.length / batchSize);
    let padding = this.#measure();
    while (padding > TOLERATED_PADDING && this.#poolBatches < this.batchesPerEpoch) {
      this.#poolBatches *= 2;
      padding = this.#measure();
    }
    this.padding = padding;
  }

  /** The sequences of training batch `index` (0, 1, 2, ... without end): a batch's size of them, or fewer once an epoch. */
  batch(index: number): Uint32Array {
    const epoch = Math.floor(index / this.batchesPerEpoch);
    if (this.#cached?.epoch !== epoch) this.#cached = { epoch, batches: this.#epoch(epoch) };
    return this.#cached.batches[index % this.batchesPerEpoch]!;
  }

  #epoch(epoch: number): Uint32Array[] {
    const lengths = this.#lengths;
    const order = permutation(new Philox(this.#seed, Stream.order, epoch, COMPOSITION), lengths.length);
    const poolSize = this.#poolBatches * this.#batchSize;
    const batches: Uint32Array[] = [];
    for (let from = 0; from < order.length; from += poolSize) {
      const pool = order.subarray(from, from + poolSize).sort((a, b) => lengths[a]! - lengths[b]!);
      for (let at = 0; at < pool.length; at += this.#batchSize)
        batches.push(pool.subarray(at, at + this.#batchSize));
    }
    const places = permutation(new Philox(this.#seed, Stream.order, epoch, SEQUENCE), batches.length);
    return [...places].map((place) => batches[place]!);
  }

  #measure(): number {
    let used = 0;
    let all = 0;
    for (const batch of this.#epoch(0)) {
      const lengths = [...batch].map((sequence) => this.#lengths[sequence]!);
      used += lengths.reduce((sum, length) => sum + length, 0);
      all += Math.max(...lengths) * this.#batchSize;
    }
    return 1 - used / all;
  }
}
