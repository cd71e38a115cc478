/**
 * The different n-grams of one order in a text, numbered, with how often they occur. An n-gram is known by the number of
 * its first n - 1 words in the table below and its last word; the table of order 1 is the vocabulary.
 */
export class NgramTable {
  private constructor(
    readonly words: number,
    /** prefix * words + last word, rising; the place of a key is the n-gram's number. */
    readonly keys: Float64Array,
    readonly counts: Float64Array,
    /** A position of the text at which each n-gram ends. */
    readonly positions: Int32Array,
  ) {}

  get size(): number {
    return this.keys.length;
  }

  /**
   * Order 1. `words` is more than the largest token. Every word has a number, its own, whether it occurs or not.
   * The second result is the number of the n-gram that ends at every position of the text.
   */
  static unigrams(tokens: Int32Array, words: number): readonly [NgramTable, Int32Array] {
    const counts = new Float64Array(words);
    const positions = new Int32Array(words);
    for (const [i, token] of tokens.entries()) {
      counts[token]! += 1;
      positions[token] = i;
    }
    const keys = Float64Array.from({ length: words }, (_, word) => word);
    return [new NgramTable(words, keys, counts, positions), tokens];
  }

  /**
   * The order above one whose n-grams are `below` at every position (-1 for none). No n-gram goes on over a `begin` token,
   * which stands at the start of a sequence.
   */
  static above(
    tokens: Int32Array,
    begin: number,
    words: number,
    below: Int32Array,
  ): readonly [NgramTable, Int32Array] {
    const all = new Float64Array(tokens.length);
    let found = 0;
    for (let i = 1; i < tokens.length; i++) {
      const prefix = below[i - 1] as number;
      if (prefix >= 0 && tokens[i] !== begin) all[found++] = prefix * words + (tokens[i] as number);
    }
    const sorted = all.subarray(0, found).sort();
    let size = 0;
    for (let i = 0; i < found; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) size += 1;
    const keys = new Float64Array(size);
    const counts = new Float64Array(size);
    let place = -1;
    for (let i = 0; i < found; i++) {
      if (i === 0 || sorted[i] !== sorted[i - 1]) keys[++place] = sorted[i] as number;
      counts[place]! += 1;
    }
    const table = new NgramTable(words, keys, counts, new Int32Array(size));
    const numbers = new Int32Array(tokens.length).fill(-1);
    for (let i = 1; i < tokens.length; i++) {
      const number = tokens[i] === begin ? -1 : table.find(below[i - 1] as number, tokens[i] as number);
      numbers[i] = number;
      if (number >= 0) table.positions[number] = i;
    }
    return [table, numbers];
  }

  /** The number of an n-gram; -1 if it does not occur, or its prefix does not. */
  find(prefix: number, word: number): number {
    if (prefix < 0) return -1;
    const key = prefix * this.words + word;
    let low = 0;
    let high = this.keys.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.keys[middle] as number;
      if (found === key) return middle;
      if (found < key) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  prefixOf(number: number): number {
    return Math.floor((this.keys[number] as number) / this.words);
  }
}
