import { Interval } from './interval.ts';
import { SkipStreak } from './skip-streak.ts';

/** Everything the loop remembers besides the trainer's tensors; together they make a checkpoint. */
export interface LoopState {
  /** Updates made so far, which is also the index of the next training batch. */
  step: number;
  /** The step of the last metrics row, or -1: so that an evaluation that a signal cut short is made again. */
  evaluatedAt: number;
  /** Evaluations in a row that satisfied the stop rule. */
  satisfied: number;
  /** The best evaluation so far by the stop rule's metric, where the rule has patience. */
  best: BestEvaluation | null;
  /** Evaluations since the best one. */
  stale: number;
  skips: SkipStreak;
  readonly interval: Interval;
}

interface BestEvaluation {
  readonly step: number;
  readonly score: number;
}

export function initialState(): LoopState {
  return {
    step: 0,
    evaluatedAt: -1,
    satisfied: 0,
    best: null,
    stale: 0,
    skips: new SkipStreak(),
    interval: new Interval(),
  };
}
