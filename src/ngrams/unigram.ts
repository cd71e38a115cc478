import type { Corpus } from '../data/text/corpus.ts';
import type { TextSplit } from '../data/text/text-settings.ts';

/**
 * Predicts every token with its frequency in the training split, whatever came before; the unknown word, if it never
 * occurs there, as if seen once, so that nothing is impossible. Returns sums over a split, begin markers left out: of
 * -log p, of tokens, and of tokens that are the most frequent one.
 */
export function scoreUnigram(
  { vocabulary, splits }: Corpus,
  split: TextSplit,
): { readonly loss: number; readonly targets: number; readonly correct: number } {
  const { begin, unknown, entries } = vocabulary;
  const counts = Float64Array.from(entries, ({ count }, id) => (id === unknown ? Math.max(1, count) : count));
  const total = counts.reduce((sum, count) => sum + count);
  const commonest = counts.indexOf(counts.reduce((most, count) => Math.max(most, count)));
  let loss = 0;
  let targets = 0;
  let correct = 0;
  for (const shard of splits[split].shards.keys()) {
    for (const token of splits[split].shard(shard)) {
      if (token === begin) continue;
      targets += 1;
      loss -= Math.log(counts[token]! / total);
      if (token === commonest) correct += 1;
    }
  }
  return { loss, targets, correct };
}
