import { Philox, type Stream } from '../../support/philox.ts';

export interface AddingShape {
  /** Time steps (T), at least 2. */
  readonly steps: number;
  /** `any`: two distinct positions, uniform over T. `halves`: one in the first floor(T/2) positions, one in the rest. */
  readonly marks: 'any' | 'halves';
}

/** Parts of a sequence's random numbers: its signal and its marks. */
const SIGNAL = 0;
const MARKS = 1;

/**
 * The sequences of the adding problem (Hochreiter & Schmidhuber 1997; Le, Jaitly & Hinton 2015, section 4.1) by index:
 * sequence `index` of a stream is a pure function of (seed, stream, index), whatever was drawn before.
 */
export class AddingSequences {
  readonly #random: Philox;
  readonly #shape: AddingShape;

  constructor(seed: number, stream: Stream, shape: AddingShape) {
    this.#random = new Philox(seed, stream);
    this.#shape = shape;
  }

  /** Writes the T values of the signal, uniform on [0, 1), to `out[offset..offset + T)`. */
  signal(index: number, out: Float32Array, offset: number): void {
    this.#random.seek(index, SIGNAL).fillUniform(out, offset, offset + this.#shape.steps);
  }

  /** Writes the two marked positions, the earlier first, to `out[offset]` and `out[offset + 1]`. */
  marks(index: number, out: Uint32Array, offset: number): void {
    const { steps, marks } = this.#shape;
    this.#random.seek(index, MARKS);
    if (marks === 'halves') {
      const half = Math.floor(steps / 2);
      out[offset] = this.#random.below(half);
      out[offset + 1] = half + this.#random.below(steps - half);
    } else {
      const one = this.#random.below(steps);
      let other = this.#random.below(steps - 1);
      if (other >= one) other++;
      out[offset] = Math.min(one, other);
      out[offset + 1] = Math.max(one, other);
    }
  }

  /** The sum of the two marked values, from the random numbers of these two positions alone. */
  target(index: number): number {
    const marks = new Uint32Array(2);
    this.marks(index, marks, 0);
    this.#random.seek(index, SIGNAL);
    return Math.fround(
      this.#random.uniformAt(marks[0] as number) + this.#random.uniformAt(marks[1] as number),
    );
  }
}

/** Sequences in rows: row r has its signal at `signals[r * T..(r + 1) * T)` and its marks at `marks[2 * r]` and the next. */
export interface SequenceRows {
  readonly signals: Float32Array;
  readonly marks: Uint32Array;
  /** The row that holds sequence `index`. It stays until another sequence is asked for in the same slot, a number below the batch size. */
  row(index: number, slot: number): number;
}

/** Draws `count` sequences once and keeps them: T + 2 words a sequence. */
export function storedSequences(sequences: AddingSequences, steps: number, count: number): SequenceRows {
  const signals = new Float32Array(count * steps);
  const marks = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    sequences.signal(i, signals, i * steps);
    sequences.marks(i, marks, i * 2);
  }
  return { signals, marks, row: (index) => index };
}

/** Draws every sequence when it is asked for, into one row a slot. */
export function drawnSequences(sequences: AddingSequences, steps: number, slots: number): SequenceRows {
  const signals = new Float32Array(slots * steps);
  const marks = new Uint32Array(slots * 2);
  return {
    signals,
    marks,
    row(index, slot) {
      sequences.signal(index, signals, slot * steps);
      sequences.marks(index, marks, slot * 2);
      return slot;
    },
  };
}

/**
 * Transposes `size` rows of T values into columns: `x[t * stride + b] = values[rows[b] * T + t]`.
 * Four rows at a time: reads then run along four sequences and writes fill neighbouring elements, which
 * takes less than half the time of one row after another.
 */
export function interleave(
  values: Float32Array,
  rows: Float64Array,
  size: number,
  steps: number,
  x: Float32Array,
  stride: number,
): void {
  let b = 0;
  for (; b + 3 < size; b += 4) {
    const row0 = (rows[b] as number) * steps;
    const row1 = (rows[b + 1] as number) * steps;
    const row2 = (rows[b + 2] as number) * steps;
    const row3 = (rows[b + 3] as number) * steps;
    for (let t = 0, to = b; t < steps; t++, to += stride) {
      x[to] = values[row0 + t] as number;
      x[to + 1] = values[row1 + t] as number;
      x[to + 2] = values[row2 + t] as number;
      x[to + 3] = values[row3 + t] as number;
    }
  }
  for (; b < size; b++) {
    const row = (rows[b] as number) * steps;
    for (let t = 0, to = b; t < steps; t++, to += stride) x[to] = values[row + t] as number;
  }
}
