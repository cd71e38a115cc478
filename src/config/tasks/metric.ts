/** A score of a task: what it is called, which way is better, and what it is measured in. */
export interface Metric<Task = never> {
  /** Without its split: the columns `valid_<name>` and `test_<name>` of metrics.csv. One name means the same in every task. */
  readonly name: string;
  /** What a reader calls it. */
  readonly label: string;
  readonly better: 'lower' | 'higher';
  readonly unit: Unit;
  /** A run has learned the task once its score is beyond this; left out where no such mark is in use. */
  readonly learned?: number;
  /** Shown, but nothing may be stopped or chosen by it. */
  readonly reportedOnly?: true;
  /** Left out for a score that every config of the task has. */
  when?(task: Task): boolean;
}

interface UnitFacts {
  /** No score is below `least` or above `most`. */
  readonly least: number;
  readonly most: number;
  /** `percent` of a fraction; three significant digits; or one digit after the point. */
  readonly printed: 'percent' | 'significant' | 'decimal';
  /** What training makes smaller is measured in this. */
  readonly isLoss: boolean;
}

export const units = {
  'squared error': { least: 0, most: Infinity, printed: 'significant', isLoss: true },
  nats: { least: 0, most: Infinity, printed: 'significant', isLoss: true },
  fraction: { least: 0, most: 1, printed: 'percent', isLoss: false },
  perplexity: { least: 1, most: Infinity, printed: 'decimal', isLoss: false },
} as const satisfies Record<string, UnitFacts>;

export type Unit = keyof typeof units;

/** The mean cross-entropy. */
export const loss = { name: 'loss', label: 'loss', better: 'lower', unit: 'nats' } as const satisfies Metric;

/** How often the most probable class is the right one. */
export const accuracy = {
  name: 'accuracy',
  label: 'accuracy',
  better: 'higher',
  unit: 'fraction',
} as const satisfies Metric;
