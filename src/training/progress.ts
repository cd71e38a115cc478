import type { StepResult } from '../engines/engine.ts';
import type { CsvRow } from '../support/csv.ts';

/** Who watches a run: a progress bar, plain lines, or nobody. */
export interface Progress {
  /** Called once, with the step to start from and the last step. */
  start(step: number, steps: number): void;
  /** After every update. Reading its result can wait on the device that computes it: best not done each time. */
  step(step: number, result: StepResult): void;
  /** A row went into metrics.csv. */
  row(row: CsvRow): void;
  /** Something worth a line: a resume, a fallback to an older checkpoint. */
  note(message: string): void;
  stop(): void;
}
