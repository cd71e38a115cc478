/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror & Shaw (2011), "Parallel random
 * numbers: as easy as 1, 2, 3". A random number is a pure function of (seed, stream, address, position):
 * nothing is remembered between draws, so any sequence, tensor or epoch can be drawn on its own.
 */

/** The second key word: one stream for each use, so that no two uses ever share a random number. */
export const Stream = {
  init: 0,
  dataTrain: 1,
  dataValid: 2,
  dataTest: 3,
  order: 4,
  permutation: 5,
  dropout: 6,
  sampling: 7,
  speech: 8,
  search: 9,
} as const;

export type Stream = (typeof Stream)[keyof typeof Stream];

/**
 * One block: ten rounds over the counter (c0, c1, c2, c3) under the key (k0, k1), into `out[0..3]`.
 * The high word of a 32 x 32 bit product is put together from 16-bit halves, because a double holds 53 bits only.
 */
export function philox4x32(
  out: Uint32Array,
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): void {
  for (let round = 0; round < 10; round++) {
    // 0xd2511f53 * c0
    let low = c0 & 0xffff;
    let high = c0 >>> 16;
    let middle = (Math.imul(high, 0x1f53) + (Math.imul(low, 0x1f53) >>> 16)) | 0;
    const high0 =
      (Math.imul(high, 0xd251) +
        (middle >>> 16) +
        (((Math.imul(low, 0xd251) + (middle & 0xffff)) | 0) >>> 16)) |
      0;
    const low0 = Math.imul(c0, 0xd2511f53);
    // 0xcd9e8d57 * c2
    low = c2 & 0xffff;
    high = c2 >>> 16;
    middle = (Math.imul(high, 0x8d57) + (Math.imul(low, 0x8d57) >>> 16)) | 0;
    const high1 =
      (Math.imul(high, 0xcd9e) +
        (middle >>> 16) +
        (((Math.imul(low, 0xcd9e) + (middle & 0xffff)) | 0) >>> 16)) |
      0;
    const low1 = Math.imul(c2, 0xcd9e8d57);

    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * Reads the random words of one address in order. The counter is (block, section, address low, address high):
 * an address is what is being drawn (a sequence's index, an epoch, a tensor), a section a part of it.
 */
export class Philox {
  readonly #block = new Uint32Array(4);
  readonly #seed: number;
  readonly #stream: Stream;
  #section = 0;
  #low = 0;
  #high = 0;
  #next = 0;
  #left = 0;

  /** `seed` is an integer in [0, 2^32). */
  constructor(seed: number, stream: Stream, address = 0, section = 0) {
    this.#seed = seed | 0;
    this.#stream = stream;
    this.seek(address, section);
  }

  /** Moves to the first word of an address, an integer in [0, 2^53). Returns itself. */
  seek(address: number, section = 0): this {
    this.#low = address | 0;
    this.#high = Math.floor(address / 2 ** 32) | 0;
    this.#section = section;
    this.#next = 0;
    this.#left = 0;
    return this;
  }

  /** The next 32 random bits, as an integer in [0, 2^32). */
  uint32(): number {
    if (this.#left === 0) {
      this.#generate(this.#next++);
      this.#left = 4;
    }
    return this.#block[4 - this.#left--] as number;
  }

  /** An integer uniform on [0, n), 1 <= n <= 2^32; unbiased, because words beyond the last whole multiple of n are drawn again. */
  below(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /**
   * The `index`-th number that `fillUniform` writes at the current address, without drawing the ones before it.
   * Leaves the position alone.
   */
  uniformAt(index: number): number {
    const left = this.#left;
    this.#generate(index >>> 2);
    const value = ((this.#block[index & 3] as number) >>> 8) * 2 ** -24;
    if (left > 0) this.#generate(this.#next - 1);
    return value;
  }

  /** Fills `out[from..to)` with uniform [0, 1) numbers of 24 bits, each exact in float32; starts at the address's first word. */
  fillUniform(out: Float32Array, from = 0, to = out.length): void {
    const block = this.#block;
    const whole = from + ((to - from) & ~3);
    this.#next = 0;
    this.#left = 0;
    let i = from;
    for (; i < whole; i += 4) {
      this.#generate(this.#next++);
      out[i] = ((block[0] as number) >>> 8) * 2 ** -24;
      out[i + 1] = ((block[1] as number) >>> 8) * 2 ** -24;
      out[i + 2] = ((block[2] as number) >>> 8) * 2 ** -24;
      out[i + 3] = ((block[3] as number) >>> 8) * 2 ** -24;
    }
    for (; i < to; i++) out[i] = (this.uint32() >>> 8) * 2 ** -24;
  }

  /** Fills `out` with N(0, std^2), by Box & Muller's transform in double precision from 32-bit uniforms. */
  fillNormal(out: Float32Array, std: number): void {
    for (let i = 0; i < out.length; i += 2) {
      const radius = std * Math.sqrt(-2 * Math.log((this.uint32() + 1) * 2 ** -32));
      const angle = 2 * Math.PI * (this.uint32() * 2 ** -32);
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
  }

  /** Shuffles in place (Fisher & Yates). */
  shuffle(items: Uint32Array | Uint16Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i] as number;
      items[i] = items[j] as number;
      items[j] = item;
    }
  }

  #generate(index: number): void {
    philox4x32(this.#block, this.#seed, this.#stream, index, this.#section, this.#low, this.#high);
  }
}

/** A random permutation of 0..n-1. */
export function permutation(random: Philox, n: number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  random.shuffle(order);
  return order;
}
