import type { TextCounts } from './encode.ts';
import type { TextSplit } from './text-settings.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Text with its vocabulary, ready to train on. */
export interface Corpus {
  readonly path: string;
  readonly vocabulary: Vocabulary;
  readonly splits: Readonly<Record<TextSplit, TokenSplit>>;
  /** sha256 of what the tokens come from, by name. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** A piece of a split that fits into memory. */
export interface ShardFacts {
  /** Tokens, markers included. */
  readonly tokens: number;
  /** Sentences by the number of tokens that are predicted in them; empty when sentences run on. */
  readonly lengths: readonly number[];
}

/** The encoded text of one split: one row of tokens, in shards that end with a sentence. */
export interface TokenSplit extends TextCounts {
  /** Tokens, markers included. */
  readonly tokens: number;
  readonly shards: readonly ShardFacts[];
  /** Copies tokens [from, from + out.length), across shards. Throws UserError (65) when a shard is damaged. */
  read(from: number, out: Int32Array): void;
  /** All tokens of a shard; valid until the next call. Throws UserError (65) when it is damaged. */
  shard(index: number): Int32Array;
}

/** A split in memory: a single shard. */
export function memorySplit(tokens: Int32Array, lengths: readonly number[], counts: TextCounts): TokenSplit {
  return {
    ...counts,
    tokens: tokens.length,
    shards: [{ tokens: tokens.length, lengths }],
    read: (from, out) => out.set(tokens.subarray(from, from + out.length)),
    shard: () => tokens,
  };
}
