import type { StepResult } from '../engines/engine.ts';
import type { CsvRow } from '../support/csv.ts';
import type { Best } from './best.ts';
import { Interval } from './interval.ts';
import { noRuling, type Ruling } from './stop-rule.ts';

/** Everything the loop remembers besides the trainer's tensors. It follows from a checkpoint and the rows of metrics.csv. */
export interface LoopState {
  /** Updates made so far, which is also the index of the next training batch. */
  step: number;
  /** The last row of metrics.csv; null before the first one. */
  lastRow: CsvRow | null;
  /** What the stop rule makes of all rows. */
  ruling: Ruling;
  /** The best evaluation whose checkpoint is kept; null if the config asks for none. */
  best: Best | null;
  skips: SkipStreak;
  readonly interval: Interval;
}

export function initialState(): LoopState {
  return {
    step: 0,
    lastRow: null,
    ruling: noRuling,
    best: null,
    skips: new SkipStreak(),
    interval: new Interval(),
  };
}

/**
 * Updates in a row that were skipped because their gradient was not finite. Reading a result can wait on
 * the device that computes it, so results are read only when the answer depends on them.
 */
export class SkipStreak {
  #known: number;
  #unread: StepResult[] = [];

  constructor(length = 0) {
    this.#known = length;
  }

  add(result: StepResult): void {
    this.#unread.push(result);
  }

  get length(): number {
    for (const { skipped } of this.#unread) this.#known = skipped ? this.#known + 1 : 0;
    this.#unread = [];
    return this.#known;
  }

  /** Whether the streak has reached this length. */
  reaches(length: number): boolean {
    return this.#known + this.#unread.length >= length && this.length >= length;
  }
}
