import { type Batch, type Scores, UNSCORED } from '../../models/batch.ts';
import type { Metrics, Tally } from '../task.ts';

/** A batch to be scored, all of it by known voices or all of it by a new one. */
export interface FrameBatch extends Batch {
  readonly newVoice: boolean;
}

/**
 * `frame_error`, the share of scored frames whose class is not the most probable one; `frame_error_speech`, the same
 * over frames that are not silence; `loss`, the mean cross-entropy in nats. All over known voices; a new voice has its
 * own `frame_error_new_voice`.
 */
export class FrameTally implements Tally {
  readonly #silent: readonly boolean[];
  readonly #withNewVoice: boolean;
  #loss = 0;
  #lossTargets = 0;
  readonly #known = new ErrorCount();
  readonly #speech = new ErrorCount();
  readonly #newVoice = new ErrorCount();

  /** `silent` says of every class whether it is silence. */
  constructor(silent: readonly boolean[], withNewVoice: boolean) {
    this.#silent = silent;
    this.#withNewVoice = withNewVoice;
  }

  add({ target, newVoice }: FrameBatch, { targets, loss, predicted }: Scores): void {
    if (!newVoice) {
      this.#loss += loss;
      this.#lossTargets += targets;
    }
    for (let i = 0; i < target.length; i++) {
      const label = target[i]!;
      if (label === UNSCORED) continue;
      const wrong = label !== predicted![i];
      if (newVoice) {
        this.#newVoice.add(wrong);
      } else {
        this.#known.add(wrong);
        if (!this.#silent[label]) this.#speech.add(wrong);
      }
    }
  }

  result(): Metrics {
    return {
      frame_error: this.#known.share(),
      frame_error_speech: this.#speech.share(),
      loss: this.#loss / this.#lossTargets,
      ...(this.#withNewVoice && { frame_error_new_voice: this.#newVoice.share() }),
    };
  }
}

class ErrorCount {
  #wrong = 0;
  #all = 0;

  add(wrong: boolean): void {
    this.#all += 1;
    if (wrong) this.#wrong += 1;
  }

  share(): number {
    return this.#wrong / this.#all;
  }
}
