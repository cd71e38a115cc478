import type { Vocabulary } from './vocabulary.ts';
import { SENTENCE_END } from './word-numbers.ts';

/** What a piece of text holds. */
export interface TextCounts {
  readonly sentences: number;
  /** Without markers. */
  readonly words: number;
  /** Words, of these, for which the unknown word stands. */
  readonly unknown: number;
}

export interface EncodedText extends TextCounts {
  /** Ids in the vocabulary, markers included. */
  readonly tokens: Int32Array;
  /** Sentences by the number of tokens that are predicted in them; empty when sentences run on. */
  readonly lengths: readonly number[];
}

/**
 * Turns word numbers into ids of the vocabulary and sets the markers.
 * Returns the number of the first word without an id instead, if there is one.
 */
export function encode(
  numbers: Int32Array,
  ids: Int32Array,
  vocabulary: Vocabulary,
): EncodedText | { readonly stranger: number } {
  const { begin, end, unknown } = vocabulary;
  let sentences = 0;
  for (const number of numbers) if (number === SENTENCE_END) sentences += 1;
  const words = numbers.length - sentences;
  const tokens = new Int32Array(words + (end === null ? 0 : sentences) + (begin === null ? 0 : sentences));
  const lengths: number[] = [];
  let strangers = 0;
  let to = 0;
  let start = 0;
  for (const [i, number] of numbers.entries()) {
    if (begin !== null && i === start) tokens[to++] = begin;
    if (number !== SENTENCE_END) {
      const id = ids[number] as number;
      if (id < 0) return { stranger: number };
      if (id === unknown) strangers += 1;
      tokens[to++] = id;
      continue;
    }
    if (end !== null) {
      tokens[to++] = end;
      const length = i - start + 1;
      while (lengths.length <= length) lengths.push(0);
      lengths[length]! += 1;
    }
    start = i + 1;
  }
  return { tokens, sentences, words, unknown: strangers, lengths };
}

export function addCounts(parts: readonly TextCounts[]): TextCounts {
  const total = (key: keyof TextCounts) => parts.reduce((sum, part) => sum + part[key], 0);
  return { sentences: total('sentences'), words: total('words'), unknown: total('unknown') };
}
