import type { CsvRow } from '../support/csv.ts';
import type { Best } from './best.ts';
import { Interval } from './interval.ts';
import { SkipStreak } from './skip-streak.ts';
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
