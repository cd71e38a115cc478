import { type Batch, type Scores, UNSCORED } from '../models/batch.ts';
import type { Metrics, Tally } from './task.ts';

/** `mse`: the mean over all sequences of the squared error. */
export class RegressionTally implements Tally {
  #targets = 0;
  #loss = 0;

  add(_batch: Batch, { targets, loss }: Scores): void {
    this.#targets += targets;
    this.#loss += loss;
  }

  result(): Metrics {
    return { mse: this.#loss / this.#targets };
  }
}

/** `accuracy`, from 0 to 1, and `loss`, the mean cross-entropy in nats, over all scored targets. */
export class ClassificationTally implements Tally {
  #targets = 0;
  #loss = 0;
  #correct = 0;

  add({ target }: Batch, { targets, loss, predicted }: Scores): void {
    this.#targets += targets;
    this.#loss += loss;
    for (let i = 0; i < target.length; i++) {
      // An engine may write anything where nothing is scored, this number too.
      if (target[i] !== UNSCORED && target[i] === predicted![i]) this.#correct += 1;
    }
  }

  result(): Metrics {
    return { accuracy: this.#correct / this.#targets, loss: this.#loss / this.#targets };
  }
}

/**
 * Of every word predicted: `perplexity`, the exponential of the mean cross-entropy; `loss`, that mean in nats; and
 * `accuracy`, how often the most probable word is the one that comes, from 0 to 1.
 */
export class LanguageModelTally implements Tally {
  readonly #tally = new ClassificationTally();

  add(batch: Batch, scores: Scores): void {
    this.#tally.add(batch, scores);
  }

  result(): Metrics {
    const { accuracy, loss } = this.#tally.result();
    return { perplexity: Math.exp(loss!), loss: loss!, accuracy: accuracy! };
  }
}
