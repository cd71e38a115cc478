import type { CsvRow } from '../support/csv.ts';

/** Splits the time of a run into training and evaluation; continues from the last row of timing.csv. */
export class Stopwatch {
  #training: number;
  #evaluation: number;
  #since = performance.now();

  constructor(lastRow?: CsvRow) {
    this.#training = lastRow?.training_seconds ?? 0;
    this.#evaluation = lastRow?.evaluation_seconds ?? 0;
  }

  /** Books the time since the previous lap. */
  lap(kind: 'training' | 'evaluation'): void {
    const now = performance.now();
    const seconds = (now - this.#since) / 1000;
    if (kind === 'training') this.#training += seconds;
    else this.#evaluation += seconds;
    this.#since = now;
  }

  get trainingSeconds(): number {
    return this.#training;
  }

  row(step: number) {
    return {
      step,
      training_seconds: Number(this.#training.toFixed(3)),
      evaluation_seconds: Number(this.#evaluation.toFixed(3)),
      unix_time: Math.round(Date.now() / 1000),
    };
  }
}
