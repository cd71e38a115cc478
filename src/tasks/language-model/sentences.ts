import type { Corpus, ShardFacts } from '../../data/text/corpus.ts';
import type { TextSplit } from '../../data/text/text-settings.ts';
import type { Batch } from '../../models/batch.ts';
import { Philox, permutation, Stream } from '../../support/philox.ts';
import { emptyBatch, type TextBatches, type TextBatchOptions } from './batches.ts';

/** Sentences of an evaluation batch. */
const EVALUATION_SIZE = 32;
/** This many batches' worth of sentences are sorted by length together: little padding, and batches are still random. */
const POOL_BATCHES = 64;

/** The predicted tokens of a sentence, or of a piece of one: `length` of them from `position` of its shard on. */
interface Sequences {
  readonly position: Uint32Array;
  readonly length: Uint32Array;
}

/** How the sequences of a shard are put into batches. */
interface Plan {
  readonly shard: number;
  readonly epoch: number;
  readonly sequences: Sequences;
  /** Batch k holds the sequences order[k * size] to order[(k + 1) * size - 1]. */
  readonly order: Uint32Array;
  readonly batches: Uint32Array;
}

/**
 * Sentences one by one: nothing is carried from one to the next, and each begins after a marker. Batches hold sentences
 * of about one length. An epoch visits the shards of the text in random order, in each all sentences in random order,
 * sorted by length within pools of 64 batches; then the batches of the shard in random order. A sentence that is
 * longer than the unrolling is trained on in pieces, the state starting from zero in each. Evaluation scores
 * sentences whole.
 */
export class SentenceBatches implements TextBatches {
  readonly #trainShards: readonly number[];
  readonly #updates: number;
  readonly #evaluationShards: Readonly<Record<'valid' | 'test', readonly number[]>>;
  readonly #plans: Partial<Record<TextSplit, Plan>> = {};

  constructor(
    readonly corpus: Corpus,
    readonly options: TextBatchOptions,
  ) {
    const { batchSize: B, unroll: T } = options;
    const { train, valid, test } = corpus.splits;
    this.#trainShards = train.shards.map((shard) => Math.ceil(countPieces(shard, T) / B));
    this.#updates = sum(this.#trainShards);
    const batches = (shard: ShardFacts) => Math.ceil(countPieces(shard, Infinity) / EVALUATION_SIZE);
    this.#evaluationShards = { valid: valid.shards.map(batches), test: test.shards.map(batches) };
  }

  train(index: number): Batch {
    const { seed, batchSize } = this.options;
    const epoch = Math.floor(index / this.#updates);
    const shards = permutation(new Philox(seed, Stream.order, epoch), this.#trainShards.length);
    const { place, within } = locate(
      Array.from(shards, (shard) => this.#trainShards[shard]!),
      index - epoch * this.#updates,
    );
    return this.#batch('train', index, this.#trainingPlan(epoch, shards[place]!), within, batchSize);
  }

  count(split: 'valid' | 'test'): number {
    return sum(this.#evaluationShards[split]);
  }

  evaluation(split: 'valid' | 'test', index: number): Batch {
    if (!(index >= 0 && index < this.count(split)))
      throw new RangeError(`there is no evaluation batch ${index}`);
    const { place, within } = locate(this.#evaluationShards[split], index);
    return this.#batch(split, index, this.#evaluationPlan(split, place), within, EVALUATION_SIZE);
  }

  #trainingPlan(epoch: number, shard: number): Plan {
    const { seed, batchSize, unroll } = this.options;
    return this.#plan('train', shard, epoch, unroll, ({ length }) => {
      const random = new Philox(seed, Stream.order, epoch, 1 + shard);
      const order = permutation(random, length.length);
      const pool = POOL_BATCHES * batchSize;
      for (let from = 0; from < order.length; from += pool) {
        order.subarray(from, from + pool).sort((a, b) => length[a]! - length[b]!);
      }
      return { order, batches: permutation(random, Math.ceil(order.length / batchSize)) };
    });
  }

  #evaluationPlan(split: 'valid' | 'test', shard: number): Plan {
    return this.#plan(split, shard, 0, Infinity, ({ length }) => ({
      order: Uint32Array.from(length.keys()).sort((a, b) => length[a]! - length[b]! || a - b),
      batches: Uint32Array.from(Array(Math.ceil(length.length / EVALUATION_SIZE)).keys()),
    }));
  }

  /** The plan of a shard, kept until the next one of the split is asked for. */
  #plan(
    split: TextSplit,
    shard: number,
    epoch: number,
    longest: number,
    make: (sequences: Sequences) => Pick<Plan, 'order' | 'batches'>,
  ): Plan {
    let plan = this.#plans[split];
    if (plan?.shard !== shard || plan.epoch !== epoch) {
      const text = this.corpus.splits[split];
      const count = countPieces(text.shards[shard]!, longest);
      const sequences = this.#sequences(text.shard(shard), count, longest);
      plan = { shard, epoch, sequences, ...make(sequences) };
      this.#plans[split] = plan;
    }
    return plan;
  }

  /** Finds the sentences of a shard and cuts them into pieces of at most `longest` tokens. */
  #sequences(tokens: Int32Array, count: number, longest: number): Sequences {
    const { begin, end } = this.corpus.vocabulary;
    const position = new Uint32Array(count);
    const length = new Uint32Array(count);
    let found = 0;
    let start = 0;
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] !== end) continue;
      for (let from = begin === null ? start : start + 1; from <= i; from += longest) {
        position[found] = from;
        length[found++] = Math.min(longest, i + 1 - from);
      }
      start = i + 1;
    }
    return { position, length };
  }

  #batch(split: TextSplit, index: number, plan: Plan, within: number, size: number): Batch {
    const { begin, end } = this.corpus.vocabulary;
    const { position, length } = plan.sequences;
    const first = plan.batches[within]! * size;
    const chosen = plan.order.subarray(first, first + size);
    const steps = chosen.reduce((longest, sequence) => Math.max(longest, length[sequence]!), 0);
    const B = split === 'train' ? size : chosen.length;
    const batch = emptyBatch(index, B, steps, false);
    const tokens = this.corpus.splits[split].shard(plan.shard);
    const lengths = new Int32Array(B);
    for (const [b, sequence] of chosen.entries()) {
      const from = position[sequence]!;
      lengths[b] = length[sequence]!;
      for (let t = 0; t < lengths[b]!; t++) {
        batch.x_TIB[t * B + b] = from + t === 0 ? (begin ?? end)! : tokens[from + t - 1]!;
        batch.target[t * B + b] = tokens[from + t]!;
      }
    }
    return { ...batch, lengths: lengths.every((steps_b) => steps_b === steps) ? null : lengths };
  }
}

/** Sentences of a shard, or pieces of at most `longest` tokens. */
function countPieces({ lengths }: ShardFacts, longest: number): number {
  return lengths.reduce(
    (total, count, length) => total + count * (longest === Infinity ? 1 : Math.ceil(length / longest)),
    0,
  );
}

/** Finds the place of an index in parts of the given sizes. */
function locate(sizes: readonly number[], index: number): { place: number; within: number } {
  let within = index;
  let place = 0;
  while (within >= sizes[place]!) within -= sizes[place++]!;
  return { place, within };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
