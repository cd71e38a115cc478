import type { StepResult } from '../engines/engine.ts';

/** What happened in the updates since the last metrics row. Part of a checkpoint, so that a resumed row is exact. */
export interface IntervalSnapshot {
  readonly losses: Float64Array;
  readonly gradientNorms: Float64Array;
  readonly clipped: number;
  readonly skipped: number;
}

/**
 * Collects per-update figures between two metrics rows. Successful runs have single losses of 1e17 and
 * gradient norms of 1e30, so the row gives medians beside the mean and the maximum.
 */
export class Interval {
  #losses: number[] = [];
  #gradientNorms: number[] = [];
  #clipped = 0;
  #skipped = 0;
  /** Reading a result can wait on the device that computes it, so it is left until the figures are wanted. */
  #unread: StepResult[] = [];

  add(result: StepResult): void {
    this.#unread.push(result);
  }

  /** Waits for the results. */
  settle(): void {
    for (const { loss, gradientNorm, clipped, skipped } of this.#unread) {
      this.#losses.push(loss);
      this.#gradientNorms.push(gradientNorm);
      if (clipped) this.#clipped += 1;
      if (skipped) this.#skipped += 1;
    }
    this.#unread = [];
  }

  /** The training columns of a metrics row; empty cells where there was no update. */
  summary() {
    this.settle();
    const updates = this.#losses.length;
    return {
      train_loss: updates === 0 ? null : this.#losses.reduce((sum, loss) => sum + loss, 0) / updates,
      train_loss_median: median(this.#losses),
      gradient_norm_median: median(this.#gradientNorms),
      gradient_norm_max: updates === 0 ? null : this.#gradientNorms.reduce((a, b) => Math.max(a, b)),
      clipped_fraction: updates === 0 ? null : this.#clipped / updates,
      skipped_updates: this.#skipped,
    };
  }

  clear(): void {
    this.#unread = [];
    this.#losses = [];
    this.#gradientNorms = [];
    this.#clipped = 0;
    this.#skipped = 0;
  }

  snapshot(): IntervalSnapshot {
    this.settle();
    return {
      losses: Float64Array.from(this.#losses),
      gradientNorms: Float64Array.from(this.#gradientNorms),
      clipped: this.#clipped,
      skipped: this.#skipped,
    };
  }

  restore({ losses, gradientNorms, clipped, skipped }: IntervalSnapshot): void {
    this.#losses = [...losses];
    this.#gradientNorms = [...gradientNorms];
    this.#clipped = clipped;
    this.#skipped = skipped;
  }
}

/** The middle value (the mean of the two middle ones), counting NaN as larger than everything; null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}
