import type { TokenSplit } from '../data/text/corpus.ts';
import type { Vocabulary } from '../data/text/vocabulary.ts';

/**
 * A split's tokens with a begin marker before every sentence; without sentence markers, as one sequence without any.
 * Every other token is to be predicted. The begin marker has the id `begin`, beyond the vocabulary if that has none.
 */
export interface Sequences {
  readonly tokens: Int32Array;
  readonly begin: number;
}

export function sequencesOf(split: TokenSplit, vocabulary: Vocabulary): Sequences {
  const begin = vocabulary.begin ?? vocabulary.size;
  const adds = vocabulary.begin === null && vocabulary.end !== null;
  const tokens = new Int32Array(split.tokens + (adds ? split.sentences : 0));
  let to = 0;
  for (const shard of split.shards.keys()) {
    let starts = adds;
    for (const token of split.shard(shard)) {
      if (starts) tokens[to++] = begin;
      tokens[to++] = token;
      starts = adds && token === vocabulary.end;
    }
  }
  return { tokens, begin };
}
