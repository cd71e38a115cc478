import { philox4x32, Stream } from '../support/philox.ts';

/**
 * Dropout masks, the same in every engine: a decision is a pure function of the run's seed, the batch's index and the
 * place in the network, and of nothing else; neither of the batch's size nor of its length.
 *
 * Places. A *site* is where outputs pass upwards: 0 behind the embedding, k + 1 behind recurrent layer k. At a site
 * there is one decision for every time step t, unit u and sequence b. The units of a bidirectional layer are numbered
 * [forward | reverse], and t is the step in the sequence, for both directions.
 *
 * Random bits. Eight sequences share one block of Philox4x32-10 (`philox4x32`), with
 *
 *     key      k0 = seed              k1 = Stream.dropout
 *     counter  c0 = site << 20 | t    c1 = u << 16 | b >> 3    c2, c3 = low, high 32 bits of the batch's index
 *
 * Of the four words of the block, sequence b takes 16 bits: of word (b & 7) >> 1 the lower half if b is even, the
 * upper half if it is odd. (Stored little-endian, a block is an array of eight 16-bit numbers, indexed by b & 7; two
 * blocks are the decisions of 16 sequences in order.) So t < 2^20, site < 2^12, u < 2^16 and b < 2^19.
 *
 * Decision. An output is dropped if its 16 bits, as an unsigned number, are less than `dropoutThreshold(p)`; otherwise
 * it is multiplied by `dropoutScale(p)`.
 */
export interface Dropout {
  readonly seed: number;
  /** p, the probability of dropping an output. */
  readonly probability: number;
}

/** p in units of 2^-16, rounded. */
export function dropoutThreshold(probability: number): number {
  return Math.round(probability * 65_536);
}

/** 1 / (1 - p) in float32. */
export function dropoutScale(probability: number): number {
  return Math.fround(1 / (1 - probability));
}

/** The factors at one site and time step, [units, B] (element (u, b) at u * B + b): 0, or `dropoutScale`. */
export function dropoutMask(
  { seed, probability }: Dropout,
  batchIndex: number,
  site: number,
  t: number,
  units: number,
  B: number,
): Float32Array {
  const threshold = dropoutThreshold(probability);
  const scale = dropoutScale(probability);
  const mask_UB = new Float32Array(units * B);
  const words = new Uint32Array(4);
  const [low, high] = [batchIndex | 0, Math.floor(batchIndex / 2 ** 32) | 0];
  for (let u = 0; u < units; u++) {
    for (let b = 0; b < B; b++) {
      if (b % 8 === 0)
        philox4x32(words, seed, Stream.dropout, (site << 20) | t, (u << 16) | (b >> 3), low, high);
      const word = words[(b & 7) >> 1]!;
      const bits = b % 2 === 0 ? word & 0xffff : word >>> 16;
      mask_UB[u * B + b] = bits < threshold ? 0 : scale;
    }
  }
  return mask_UB;
}
