import type { Corpus, TokenSplit } from '../../data/text/corpus.ts';
import { type Batch, UNSCORED } from '../../models/batch.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { Philox, Stream } from '../../support/philox.ts';
import { emptyBatch, type TextBatches, type TextBatchOptions } from './batches.ts';

/** Lanes of an evaluation: enough to fill vector registers, so few that the tokens at their beginnings count for nothing. */
const EVALUATION_LANES = 32;
/** A shorter text than this a lane gets fewer lanes. */
const LEAST_LANE = 256;

/**
 * Truncated back-propagation through time over one continuous text (Mikolov et al. 2010; Zaremba et al. 2014). The text
 * is cut into B lanes of equal length, which are read side by side, T tokens an update; hidden states are carried on,
 * but for the first batch of an epoch. Every epoch takes the text as a circle and begins at another place of it, so that
 * the cuts between batches fall elsewhere and what an epoch leaves over (less than a batch a lane) differs.
 *
 * In evaluation nothing is left over: every token is predicted once, after the one before it in the text.
 */
export class StreamBatches implements TextBatches {
  readonly #updates: number;

  /** Throws UserError (78) when the training split is shorter than a batch. */
  constructor(
    readonly corpus: Corpus,
    readonly options: TextBatchOptions,
  ) {
    const { batchSize: B, unroll: T } = options;
    const { tokens } = corpus.splits.train;
    this.#updates = Math.floor(Math.floor(tokens / B) / T);
    if (this.#updates > 0) return;
    throw new UserError(
      ExitCode.badConfig,
      `training.batch: ${B} lanes of ${T} tokens (task.unroll) are more than the ${tokens} tokens of the training split`,
    );
  }

  train(index: number): Batch {
    const { seed, batchSize: B, unroll: T } = this.options;
    const { train } = this.corpus.splits;
    const epoch = Math.floor(index / this.#updates);
    const place = index - epoch * this.#updates;
    const start = new Philox(seed, Stream.order, epoch).below(train.tokens);
    const lane = Math.floor(train.tokens / B);
    // The very first batch has no states to go on from, which are zeros then; but it says that states will be wanted.
    const batch = emptyBatch(index, B, T, place > 0 || index === 0);
    const tokens = new Int32Array(T + 1);
    for (let b = 0; b < B; b++) {
      readCircle(train, start + b * lane + place * T, tokens);
      this.#fill(batch, b, tokens, T);
    }
    return batch;
  }

  count(split: 'valid' | 'test'): number {
    const { lanes, longest } = this.#lanes(split);
    return lanes === 0 ? 0 : Math.ceil(longest / this.options.unroll);
  }

  evaluation(split: 'valid' | 'test', index: number): Batch {
    if (!(index >= 0 && index < this.count(split)))
      throw new RangeError(`there is no evaluation batch ${index}`);
    const text = this.corpus.splits[split];
    const { lanes, longest } = this.#lanes(split);
    const from = index * this.options.unroll;
    const steps = Math.min(this.options.unroll, longest - from);
    const lengths = new Int32Array(lanes);
    const batch = emptyBatch(index, lanes, steps, index > 0);
    for (let b = 0; b < lanes; b++) {
      const begin = Math.floor((b * text.tokens) / lanes);
      const end = Math.floor(((b + 1) * text.tokens) / lanes);
      const length = Math.max(0, Math.min(steps, end - begin - from));
      lengths[b] = length;
      if (length > 0) this.#fill(batch, b, this.#after(text, begin + from, length), length);
    }
    return { ...batch, lengths: lengths.every((length) => length === steps) ? null : lengths };
  }

  #lanes(split: 'valid' | 'test') {
    const { tokens } = this.corpus.splits[split];
    const lanes = Math.max(1, Math.min(EVALUATION_LANES, Math.floor(tokens / LEAST_LANE)));
    return { lanes, longest: Math.ceil(tokens / lanes) };
  }

  /** Token `from` and those after it, behind the one before; before the first is an end marker, as after a sentence. */
  #after(text: TokenSplit, from: number, length: number): Int32Array {
    const { end, unknown } = this.corpus.vocabulary;
    const tokens = new Int32Array(length + 1);
    if (from > 0) {
      text.read(from - 1, tokens);
    } else {
      tokens[0] = end ?? unknown ?? 0;
      text.read(0, tokens.subarray(1));
    }
    return tokens;
  }

  /** Lane b: predicts every token but the first from the ones before it. A begin marker is given, not predicted. */
  #fill({ size, x_TIB, target }: Batch, b: number, tokens: Int32Array, length: number): void {
    const { begin } = this.corpus.vocabulary;
    for (let t = 0; t < length; t++) {
      const wanted = tokens[t + 1] as number;
      x_TIB[t * size + b] = tokens[t] as number;
      target[t * size + b] = wanted === begin ? UNSCORED : wanted;
    }
  }
}

/** Tokens [from - 1, from - 1 + out.length) of the text closed to a circle. */
function readCircle(text: TokenSplit, from: number, out: Int32Array): void {
  let position = (from - 1 + text.tokens) % text.tokens;
  for (let done = 0; done < out.length; position = 0) {
    const part = out.subarray(done, done + text.tokens - position);
    text.read(position, part);
    done += part.length;
  }
}
