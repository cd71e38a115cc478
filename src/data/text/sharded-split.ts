import { join } from 'node:path';
import { ExitCode, UserError } from '../../support/errors.ts';
import { FileBytes } from '../../support/file-bytes.ts';
import type { ShardFacts, TokenSplit } from './corpus.ts';
import type { TextCounts } from './encode.ts';

/** Tokens read at once, and how many such blocks are kept: one for each of up to a thousand lanes, 16 MB together. */
const BLOCK = 4096;
const KEPT_BLOCKS = 1024;

interface ShardFile extends ShardFacts {
  readonly file: string;
  readonly sha256: string;
}

/** A split in files of 32-bit token ids; no more than a shard and some blocks are in memory. */
export class ShardedSplit implements TokenSplit {
  readonly sentences: number;
  readonly words: number;
  readonly unknown: number;
  readonly tokens: number;
  /** Where each shard begins in the split. */
  readonly #starts: readonly number[];
  /** By the position of their first token, the least recently used first. */
  readonly #blocks = new Map<number, Int32Array>();
  /** By index: those whose bytes are known to be what was prepared. */
  readonly #checked = new Set<number>();
  #loaded: { readonly index: number; readonly tokens: Int32Array } | null = null;

  constructor(
    readonly folder: string,
    readonly shards: readonly ShardFile[],
    { sentences, words, unknown }: TextCounts,
    readonly vocabularySize: number,
  ) {
    this.sentences = sentences;
    this.words = words;
    this.unknown = unknown;
    let total = 0;
    this.#starts = shards.map(({ tokens }) => {
      total += tokens;
      return total - tokens;
    });
    this.tokens = total;
  }

  read(from: number, out: Int32Array): void {
    for (let done = 0; done < out.length; ) {
      const shard = this.#shardAt(from + done);
      const within = from + done - this.#starts[shard]!;
      const block = this.#block(shard, Math.floor(within / BLOCK));
      const part = block.subarray(within % BLOCK, (within % BLOCK) + out.length - done);
      out.set(part, done);
      done += part.length;
    }
  }

  shard(index: number): Int32Array {
    if (this.#loaded?.index !== index) {
      this.#loaded = { index, tokens: this.#load(index, 0, this.shards[index]!.tokens) };
    }
    return this.#loaded.tokens;
  }

  /** The last shard that begins at or before a position. */
  #shardAt(position: number): number {
    let low = 0;
    let high = this.shards.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #block(shard: number, index: number): Int32Array {
    const key = this.#starts[shard]! + index * BLOCK;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      const from = index * BLOCK;
      block = this.#load(shard, from, Math.min(BLOCK, this.shards[shard]!.tokens - from));
      if (this.#blocks.size >= KEPT_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value!);
    } else {
      this.#blocks.delete(key);
    }
    this.#blocks.set(key, block);
    return block;
  }

  #load(shard: number, from: number, count: number): Int32Array {
    const { file, sha256 } = this.shards[shard]!;
    const path = join(this.folder, file);
    // All of it when it is first read: a flipped bit would be another word, and nobody would know.
    if (!this.#checked.has(shard)) checkShard(path, sha256);
    this.#checked.add(shard);
    const bytes = readAt(path, 4 * from, 4 * count);
    const tokens = new Int32Array(bytes.buffer, bytes.byteOffset, count);
    const wrong = tokens.findIndex((token) => token < 0 || token >= this.vocabularySize);
    if (wrong < 0) return tokens;
    throw new UserError(
      ExitCode.badData,
      `${path}: expected token ids under ${this.vocabularySize}, found ${tokens[wrong]} at position ${from + wrong}: the vocabulary does not match, or the file is damaged (irnn-run data verify ${this.folder})`,
    );
  }
}

/** Throws UserError (65) if a shard is not the file that was prepared. */
export function checkShard(path: string, sha256: string): void {
  const file = new FileBytes(path);
  try {
    const found = file.sha256();
    if (found === sha256) return;
    throw new UserError(
      ExitCode.badData,
      `${path}: expected sha256 ${sha256}, found ${found}; restore it, or prepare the corpus again (irnn-run data prepare ... --fresh)`,
    );
  } finally {
    file.close();
  }
}

function readAt(path: string, position: number, length: number): Uint8Array {
  const file = new FileBytes(path);
  try {
    const end = position + length;
    if (file.length < end) {
      throw new UserError(ExitCode.badData, `${path}: truncated: expected ${end} bytes or more`);
    }
    return file.read(position, end);
  } finally {
    file.close();
  }
}
