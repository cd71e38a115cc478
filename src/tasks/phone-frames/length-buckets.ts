import { Philox, permutation, Stream } from '../../support/philox.ts';

/**
 * Sequences are sorted by their lengths times a random factor from 1 to 1 + this: enough to give a sequence other
 * company in every epoch, and little enough to keep padding under a tenth in corpora of read sentences.
 */
const JITTER = 0.1;

/** Parts of an epoch's random numbers: which sequences meet, and which batch comes when. */
const COMPOSITION = 0;
const SEQUENCE = 1;

/**
 * Training batches of sequences of about the same length. Every epoch sorts the sequences by length, roughly, cuts them
 * into batches and shuffles these: every sequence exactly once an epoch, and the batch at any index is a pure function
 * of seed, lengths and index.
 */
export class LengthBuckets {
  readonly batchesPerEpoch: number;
  /** Of all the steps in the batches of the first epoch, the share that is padding, rows without a sequence included. */
  readonly padding: number;
  readonly #seed: number;
  readonly #lengths: readonly number[];
  readonly #batchSize: number;
  #cached: { readonly epoch: number; readonly batches: readonly Uint32Array[] } | null = null;

  constructor(seed: number, lengths: readonly number[], batchSize: number) {
    this.#seed = seed;
    this.#lengths = lengths;
    this.#batchSize = batchSize;
    this.batchesPerEpoch = Math.ceil(lengths.length / batchSize);
    this.padding = this.#measurePadding();
  }

  /** The sequences of training batch `index` (0, 1, 2, ... without end): a batch's size of them, or fewer once an epoch. */
  batch(index: number): Uint32Array {
    const epoch = Math.floor(index / this.batchesPerEpoch);
    if (this.#cached?.epoch !== epoch) this.#cached = { epoch, batches: this.#epoch(epoch) };
    return this.#cached.batches[index % this.batchesPerEpoch]!;
  }

  #epoch(epoch: number): Uint32Array[] {
    const random = new Philox(this.#seed, Stream.order, epoch, COMPOSITION);
    const keys = this.#lengths.map((length, i) => length * (1 + JITTER * random.uniformAt(i)));
    const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
    const batches = Array.from({ length: this.batchesPerEpoch }, (_, i) =>
      order.subarray(i * this.#batchSize, (i + 1) * this.#batchSize),
    );
    const places = permutation(new Philox(this.#seed, Stream.order, epoch, SEQUENCE), batches.length);
    return [...places].map((place) => batches[place]!);
  }

  #measurePadding(): number {
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
