import type { StepResult } from '../engines/engine.ts';

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
