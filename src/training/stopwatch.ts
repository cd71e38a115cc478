import type { CsvRow } from '../support/csv.ts';

/** Columns of timing.csv: totals over all sessions of the run. CPU seconds are those of all threads of the process. */
export const timingColumns = [
  'step',
  'training_seconds',
  'evaluation_seconds',
  'cpu_seconds',
  'unix_time',
] as const;

/** Splits the time of a run into training and evaluation; continues from the last row of timing.csv. */
export class Stopwatch {
  #training: number;
  #evaluation: number;
  #since = performance.now();
  /** CPU seconds of earlier sessions; null if one of them did not count them. */
  readonly #cpuBefore: number | null;
  readonly #cpuSince = process.cpuUsage();

  constructor(lastRow?: CsvRow) {
    this.#training = lastRow?.training_seconds ?? 0;
    this.#evaluation = lastRow?.evaluation_seconds ?? 0;
    this.#cpuBefore = lastRow === undefined ? 0 : (lastRow.cpu_seconds ?? null);
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
    const { user, system } = process.cpuUsage(this.#cpuSince);
    const cpu = this.#cpuBefore === null ? null : this.#cpuBefore + (user + system) / 1e6;
    return {
      step,
      training_seconds: milliseconds(this.#training),
      evaluation_seconds: milliseconds(this.#evaluation),
      cpu_seconds: cpu === null ? null : milliseconds(cpu),
      unix_time: Math.round(Date.now() / 1000),
    };
  }
}

/** Seconds to three places. */
function milliseconds(seconds: number): number {
  return Number(seconds.toFixed(3));
}
