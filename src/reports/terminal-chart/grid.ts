/** Bits of the braille pattern's dots, by row and column (Unicode block U+2800). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** A place for a dot, from the top left; a character has 2 x 4 of them. */
export type Dot = readonly [x: number, y: number];

/** Dots of braille characters, and signs in their place; a character belongs to the line that last touched it. */
export class Grid {
  readonly #bits: Uint8Array;
  readonly #owner: Int16Array;
  readonly #signs = new Map<number, { sign: string; owner: number }>();

  constructor(
    readonly columns: number,
    readonly height: number,
  ) {
    this.#bits = new Uint8Array(columns * height);
    this.#owner = new Int16Array(columns * height).fill(-1);
  }

  /** Every dot from one to another where the dashes have one (`#`), `walked` dots after the line's beginning. Returns the characters it passed. */
  line([x0, y0]: Dot, [x1, y1]: Dot, owner: number, dashes: string, walked: number): number[] {
    const length = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0));
    return Array.from({ length: length + 1 }, (_, i) => {
      const x = Math.round(x0 + ((x1 - x0) * i) / length);
      const y = Math.round(y0 + ((y1 - y0) * i) / length);
      const at = this.at([x, y]);
      if (dashes[(walked + i) % dashes.length] === '#') {
        this.#bits[at]! |= DOTS[(y & 3) as 0 | 1 | 2 | 3][(x & 1) as 0 | 1];
        this.#owner[at] = owner;
      }
      return at;
    });
  }

  /** Puts a sign into the first of these characters that has none. */
  sign(places: readonly number[], sign: string, owner: number): void {
    const free = places.find((at) => !this.#signs.has(at));
    if (free !== undefined) this.#signs.set(free, { sign, owner });
  }

  /** The characters, row by row, each through `paint` if it belongs to a line. */
  rows(paint: (character: string, owner: number) => string): string[] {
    return Array.from({ length: this.height }, (_, row) =>
      Array.from({ length: this.columns }, (_, column) => {
        const at = row * this.columns + column;
        const signed = this.#signs.get(at);
        if (signed !== undefined) return paint(signed.sign, signed.owner);
        const bits = this.#bits[at]!;
        return bits === 0 ? ' ' : paint(String.fromCharCode(0x2800 + bits), this.#owner[at]!);
      }).join(''),
    );
  }

  /** The character that a dot is in. */
  at([x, y]: Dot): number {
    return (y >> 2) * this.columns + (x >> 1);
  }
}
