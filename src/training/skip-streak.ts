import type { StepResult } from '../engines/engine.ts';

/**
 * Updates in a row that were skipped because their gradient was not finite. To look at a result may mean to wait for the
 * device that computes it, so results are looked at only when the answer depends on them.
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

  /** Whether it is at least so long. */
  reaches(length: number): boolean {
    return this.#known + this.#unread.length >= length && this.length >= length;
  }
}
