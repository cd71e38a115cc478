import type { TextSplit } from './settings.ts';
import type { TokenSplit } from './token-split.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Text with its vocabulary, ready to train on. */
export interface Corpus {
  readonly path: string;
  readonly vocabulary: Vocabulary;
  readonly splits: Readonly<Record<TextSplit, TokenSplit>>;
  /** sha256 of what the tokens come from, by name. */
  readonly hashes: Readonly<Record<string, string>>;
}
