import { NgramTable } from './ngram-table.ts';
import type { Sequences } from './sequences.ts';

/** What is taken off counts of 1, of 2, and of 3 or more. */
export type Discounts = readonly [one: number, two: number, more: number];

/** Where counts of counts give no discounts: those of KenLM. */
const FALLBACK: Discounts = [0.5, 1, 1.5];

/** One order of the model. */
interface Level {
  readonly table: NgramTable;
  /** Of each n-gram: how often it occurs in the highest order, in how many contexts below. */
  readonly counts: Float64Array;
  readonly discounts: Discounts;
  /** Of each context, an n-gram of the order below: the sum of its counts, and the share that its discounts free. */
  readonly totals: Float64Array;
  readonly freed: Float64Array;
}

/**
 * Interpolated modified Kneser-Ney n-grams (Chen & Goodman 1998, "An Empirical Study of Smoothing Techniques for Language
 * Modeling", section 3):
 *
 *     p(w | c) = max(0, a(c w) - D(a(c w))) / sum_v a(c v)  +  gamma(c) p(w | c without its first word)
 *
 * where a is the number of occurrences in the highest order and of n-grams that begin a sentence, and otherwise the
 * number of different words that come before; D is one of three discounts an order, estimated from counts of counts; and
 * gamma(c) is the share of the mass that discounts free. The lowest order is interpolated with the uniform
 * distribution over all words that can be predicted. (These are the conventions of KenLM.)
 */
export class KneserNey {
  readonly #levels: readonly Level[];
  readonly #begin: number;
  readonly #uniform: number;

  /**
   * Trains on a text. `predictable` is the number of words that can be predicted. `discounts`, by order, replaces the
   * estimates.
   */
  constructor(
    { tokens, begin }: Sequences,
    options: {
      readonly order: number;
      readonly predictable: number;
      readonly discounts?: readonly Discounts[];
    },
  ) {
    const { order, predictable, discounts } = options;
    const words = Math.max(begin, predictable) + 1;
    this.#begin = begin;
    this.#uniform = 1 / predictable;
    const tables: NgramTable[] = [];
    const numbers: Int32Array[] = [];
    for (let n = 0; n < order; n++) {
      const [table, ending] =
        n === 0
          ? NgramTable.unigrams(tokens, words)
          : NgramTable.above(tokens, begin, words, numbers[n - 1]!);
      tables.push(table);
      numbers.push(ending);
    }
    this.#levels = tables.map((table, n) => {
      const above = tables[n + 1];
      const counts =
        above === undefined
          ? table.counts
          : contexts(table, above, numbers[n]!, (i) => tokens[i - n] === begin);
      if (n === 0) counts[begin] = 0;
      const chosen = discounts?.[n] ?? estimateDiscounts(counts);
      const prefixes = n === 0 ? 1 : tables[n - 1]!.size;
      const prefixOf = n === 0 ? () => 0 : (number: number) => table.prefixOf(number);
      return { table, counts, discounts: chosen, ...massOf(counts, chosen, prefixes, prefixOf) };
    });
  }

  get discounts(): readonly Discounts[] {
    return this.#levels.map((level) => level.discounts);
  }

  /** Sum of -log p over all tokens of a text but begin markers, and the number of these tokens. */
  score({ tokens }: Sequences): { readonly loss: number; readonly targets: number } {
    let loss = 0;
    let targets = 0;
    // Numbers of the n-grams, by order, that end at the token before, and at this one.
    let before = new Int32Array(this.#levels.length).fill(-1);
    let here = before.slice();
    for (const token of tokens) {
      if (token === this.#begin) {
        here.fill(-1);
        here[0] = token;
      } else {
        loss -= Math.log(this.#probability(token, before));
        targets += 1;
        for (const [n, { table }] of this.#levels.entries()) {
          here[n] = n === 0 ? token : table.find(before[n - 1]!, token);
        }
      }
      [before, here] = [here, before];
    }
    return { loss, targets };
  }

  /** p(word | context), the context's words from first to last. */
  probability(word: number, context: readonly number[]): number {
    const ending = this.#levels.map((_, n) => {
      const words = context.slice(-n - 1);
      if (words.length <= n) return -1;
      return words.reduce(
        (prefix, token, i) => (i === 0 ? token : this.#levels[i]!.table.find(prefix, token)),
        0,
      );
    });
    return this.#probability(word, Int32Array.from(ending));
  }

  /** `ending` holds, by order, the number of the n-gram that ends right before the word, or -1. */
  #probability(word: number, ending: Int32Array): number {
    let p = this.#uniform;
    for (const [n, { table, counts, discounts, totals, freed }] of this.#levels.entries()) {
      const context = n === 0 ? 0 : (ending[n - 1] as number);
      const total = context < 0 ? 0 : (totals[context] as number);
      if (total === 0) break;
      const number = n === 0 ? word : table.find(context, word);
      const count = number < 0 ? 0 : (counts[number] as number);
      p = Math.max(0, count - discountOf(count, discounts)) / total + (freed[context] as number) * p;
    }
    return p;
  }
}

/**
 * In how many contexts n-grams occur: before how many different words the n-grams of the order above have them at
 * their end. An n-gram that begins a sentence has no word before it and keeps its number of occurrences.
 */
function contexts(
  table: NgramTable,
  above: NgramTable,
  ending: Int32Array,
  beginsSentence: (position: number) => boolean,
): Float64Array {
  const counts = new Float64Array(table.size);
  for (const position of above.positions) counts[ending[position]!]! += 1;
  for (let number = 0; number < counts.length; number++) {
    if (table.counts[number]! > 0 && beginsSentence(table.positions[number]!))
      counts[number] = table.counts[number]!;
  }
  return counts;
}

/** D_k = k - (k + 1) Y n_{k+1} / n_k with Y = n_1 / (n_1 + 2 n_2), n_k being how many n-grams have the count k. */
export function estimateDiscounts(counts: Float64Array): Discounts {
  const n = [0, 0, 0, 0, 0];
  for (const count of counts) if (count >= 1 && count <= 4) n[count]! += 1;
  const [, n1, n2, n3, n4] = n as [number, number, number, number, number];
  const y = n1 / (n1 + 2 * n2);
  const estimate: Discounts = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3];
  return estimate.every((discount, k) => discount > 0 && discount <= k + 1) ? estimate : FALLBACK;
}

function discountOf(count: number, [one, two, more]: Discounts): number {
  return count === 0 ? 0 : count === 1 ? one : count === 2 ? two : more;
}

function massOf(
  counts: Float64Array,
  discounts: Discounts,
  prefixes: number,
  prefixOf: (number: number) => number,
): { totals: Float64Array; freed: Float64Array } {
  const totals = new Float64Array(prefixes);
  const freed = new Float64Array(prefixes);
  for (const [number, count] of counts.entries()) {
    if (count === 0) continue;
    const prefix = prefixOf(number);
    totals[prefix]! += count;
    freed[prefix]! += Math.min(count, discountOf(count, discounts));
  }
  for (const [prefix, total] of totals.entries()) if (total > 0) freed[prefix]! /= total;
  return { totals, freed };
}
