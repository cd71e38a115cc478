/** What a benchmark is judged by. */
export interface Measure {
  /** Name of the metric without its split: columns `valid_<metric>` and `test_<metric>` of metrics.csv. */
  readonly metric: string;
  readonly label: string;
  readonly better: 'lower' | 'higher';
  /** A run has learned the task once its test score is beyond this; null where no such mark is in use. */
  readonly threshold: number | null;
  /** Fractions shown as percentages. */
  readonly percent: boolean;
}

export const measures = {
  adding: { metric: 'mse', label: 'test MSE', better: 'lower', threshold: 0.05, percent: false },
  pixel_mnist: {
    metric: 'accuracy',
    label: 'test accuracy',
    better: 'higher',
    threshold: 0.9,
    percent: true,
  },
  language_model: {
    metric: 'perplexity',
    label: 'test perplexity',
    better: 'lower',
    threshold: null,
    percent: false,
  },
  phone_frames: {
    metric: 'frame_error',
    label: 'test frame error',
    better: 'lower',
    threshold: null,
    percent: true,
  },
} as const satisfies Record<string, Measure>;

/** Whether a score is beyond a level on the good side. */
export function isBeyond({ better }: Measure, level: number): (score: number) => boolean {
  return better === 'lower' ? (score) => score < level : (score) => score > level;
}

/** Whether `a` is the better score. */
export function isBetter({ better }: Measure, a: number, b: number): boolean {
  return better === 'lower' ? a < b : a > b;
}
