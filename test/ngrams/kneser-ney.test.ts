import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Discounts, estimateDiscounts, KneserNey } from '../../src/ngrams/kneser-ney.ts';
import type { Sequences } from '../../src/ngrams/sequences.ts';

/** Sentences of words 0..words-1; `words` is the end marker and `words + 1` the begin marker. */
function sequences(sentences: readonly (readonly number[])[], words: number): Sequences {
  const begin = words + 1;
  return { begin, tokens: Int32Array.from(sentences.flatMap((sentence) => [begin, ...sentence, words])) };
}

/** Chen & Goodman's definition, with maps from n-grams as text to sets and counts. */
function byDefinition(text: Sequences, order: number, predictable: number) {
  const occurrences = new Map<string, number>();
  const before = new Map<string, Set<number>>();
  const grams: string[][] = [];
  for (let n = 1; n <= order; n++) {
    const found = new Set<string>();
    for (let i = n - 1; i < text.tokens.length; i++) {
      const gram = [...text.tokens.subarray(i - n + 1, i + 1)];
      if (gram.slice(1).includes(text.begin) || (n === 1 && gram[0] === text.begin)) continue;
      const key = gram.join(' ');
      found.add(key);
      occurrences.set(key, (occurrences.get(key) ?? 0) + 1);
      if (gram[0] === text.begin) continue;
      if (!before.has(key)) before.set(key, new Set());
      if (i >= n) before.get(key)!.add(text.tokens[i - n]!);
    }
    grams.push([...found]);
  }
  const countOf = (key: string): number => {
    if (key.split(' ').length === order || key.startsWith(`${text.begin} `)) return occurrences.get(key) ?? 0;
    return before.get(key)?.size ?? 0;
  };
  const discounts = grams.map((level) => estimateDiscounts(Float64Array.from(level, countOf)));
  const discountOf = (key: string): number => {
    const count = countOf(key);
    const level = discounts[key.split(' ').length - 1]!;
    return count === 0 ? 0 : level[Math.min(count, 3) - 1]!;
  };
  return function probability(word: number, context: readonly number[]): number {
    const lower = context.length === 0 ? 1 / predictable : probability(word, context.slice(1));
    const keys = Array.from({ length: predictable }, (_, w) => [...context, w].join(' '));
    const total = keys.reduce((sum, key) => sum + countOf(key), 0);
    if (total === 0) return lower;
    const freed = keys.reduce((sum, key) => sum + Math.min(countOf(key), discountOf(key)), 0);
    const key = [...context, word].join(' ');
    return Math.max(0, countOf(key) - discountOf(key)) / total + (freed / total) * lower;
  };
}

const WORDS = 4;
const texts = fc.array(fc.array(fc.integer({ min: 0, max: WORDS - 1 }), { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 30,
});

describe('interpolated Kneser-Ney', () => {
  test('with one discount gives the probabilities of NLTK', () => {
    const { sentences, discount, answers } = JSON.parse(
      readFileSync(new URL('known-answers.json', import.meta.url), 'utf8'),
    ) as { sentences: string[][]; discount: number; answers: [string, string, string, number][] };
    const words = ['a', 'b', 'c', 'd', 'e', 'f', '</s>', '<s>'];
    const id = (word: string) => words.indexOf(word);
    const same: Discounts = [discount, discount, discount];
    const model = new KneserNey(
      sequences(
        sentences.map((sentence) => sentence.map(id)),
        6,
      ),
      {
        order: 3,
        predictable: 7,
        discounts: [[0, 0, 0], same, same],
      },
    );
    expect(answers).toHaveLength(7 * 6 * 7);
    for (const [first, second, word, expected] of answers) {
      expect(model.probability(id(word), [id(first), id(second)]), `${first} ${second} ${word}`).toBeCloseTo(
        expected,
        12,
      );
    }
  });

  test('with three discounts follows the definition, for every order', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 4 }), (sentences, order) => {
        const text = sequences(sentences, WORDS);
        const model = new KneserNey(text, { order, predictable: WORDS + 1 });
        const expected = byDefinition(text, order, WORDS + 1);
        for (const context of [
          [],
          [0],
          [1, 0],
          [text.begin],
          [text.begin, 2],
          [2, 1, 0],
          [text.begin, 0, 1],
        ]) {
          if (context.length >= order) continue;
          for (let word = 0; word <= WORDS; word++) {
            expect(model.probability(word, context)).toBeCloseTo(expected(word, context), 12);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is a distribution, and scores a text word by word', () => {
    fc.assert(
      fc.property(texts, texts, (training, test) => {
        const model = new KneserNey(sequences(training, WORDS), { order: 3, predictable: WORDS + 1 });
        let loss = 0;
        let targets = 0;
        for (const sentence of test) {
          const context = [WORDS + 1];
          for (const word of [...sentence, WORDS]) {
            const all = Array.from({ length: WORDS + 1 }, (_, w) => model.probability(w, context.slice(-2)));
            expect(all.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
            loss -= Math.log(all[word]!);
            targets += 1;
            context.push(word);
          }
        }
        const scored = model.score(sequences(test, WORDS));
        expect(scored.targets).toBe(targets);
        expect(scored.loss).toBeCloseTo(loss, 9);
      }),
      { numRuns: 60 },
    );
  });

  test('estimates discounts from counts of counts', () => {
    const counts = (...n: number[]) =>
      Float64Array.from(n.flatMap((times, k) => Array<number>(times).fill(k + 1)));
    // By hand: Y = 10 / (10 + 2 * 4) = 5/9; 1 - 2 Y 4/10, 2 - 3 Y 2/4, 3 - 4 Y 1/2.
    const [one, two, more] = estimateDiscounts(counts(10, 4, 2, 1, 7));
    expect(one).toBeCloseTo(5 / 9, 12);
    expect(two).toBeCloseTo(7 / 6, 12);
    expect(more).toBeCloseTo(17 / 9, 12);
    expect(estimateDiscounts(counts(3, 0, 1))).toEqual([0.5, 1, 1.5]);
  });
});
