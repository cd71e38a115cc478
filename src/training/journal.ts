import { appendFileSync, existsSync } from 'node:fs';
import { toYaml } from '../config/resolve.ts';
import type { Config, TaskConfig } from '../config/schema.ts';
import type { Trainer } from '../engines/engine.ts';
import { CsvFile, type CsvRow, readCsv } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { sha256Of } from '../support/file-bytes.ts';
import type { DirectoryLock } from '../support/lock.ts';
import type { Task } from '../tasks/task.ts';
import { type Checkpoint, checkpointFile, type Keeping, saveCheckpoint } from './checkpoint.ts';
import { EventFile } from './event-file.ts';
import { recordTimes } from './meta.ts';
import { metricsColumns } from './metrics.ts';
import type { Progress } from './progress.ts';
import { scoresOf } from './results.ts';
import { type FinalStatus, type Outcome, type OutcomeAt, runPaths, writeOutcome } from './run-directory.ts';
import { learningRateAt } from './schedule.ts';
import type { LoopState } from './state.ts';
import { Stopwatch, timingColumns } from './stopwatch.ts';

/** What the journal writes about. */
export interface RunInProgress {
  readonly config: Config;
  readonly task: Task;
  readonly trainer: Trainer;
  readonly state: LoopState;
  readonly progress: Progress;
}

/**
 * Writes a run's directory while it trains: metrics, times, log, checkpoints and the outcome.
 * Before each write it makes sure that the directory is still ours.
 */
export class Journal {
  #savedStep = -1;
  #events: EventFile | null = null;

  private constructor(
    readonly directory: string,
    readonly configHash: string,
    private readonly lock: DirectoryLock,
    private readonly metrics: CsvFile,
    private readonly timing: CsvFile,
    private readonly stopwatch: Stopwatch,
  ) {}

  static begin(directory: string, configHash: string, lock: DirectoryLock, task: TaskConfig): Journal {
    const paths = runPaths(directory);
    const metrics = CsvFile.create(paths.metrics, metricsColumns(task));
    const timing = CsvFile.create(paths.timing, timingColumns);
    return new Journal(directory, configHash, lock, metrics, timing, new Stopwatch());
  }

  /** Throws UserError (65) if metrics.csv is not what it was at the checkpoint, or has other columns. */
  static resume(
    directory: string,
    lock: DirectoryLock,
    task: TaskConfig,
    { metrics: mark, configHash, loop }: Checkpoint,
  ): Journal {
    const paths = runPaths(directory);
    const metrics = CsvFile.resume(paths.metrics, metricsColumns(task), mark);
    if (metrics === null) {
      throw new UserError(
        ExitCode.badData,
        `${paths.metrics}: edited or cut since the checkpoint at step ${loop.step}; restore it, or start over with --fresh`,
      );
    }
    const times = existsSync(paths.timing) ? readCsv(paths.timing).rows : [];
    const kept = times.filter(({ step }) => typeof step === 'number' && step <= loop.step);
    const timing = CsvFile.replace(paths.timing, timingColumns, kept);
    const journal = new Journal(directory, configHash, lock, metrics, timing, new Stopwatch(kept.at(-1)));
    journal.#savedStep = loop.step;
    return journal;
  }

  /** Also writes the rows, those of earlier sessions included, as TensorBoard events. */
  recordEvents(): void {
    const paths = runPaths(this.directory);
    const times = new Map(readCsv(paths.timing).rows.map((row) => [row.step!, row.unix_time!]));
    this.#events = EventFile.begin(this.directory, readCsv(paths.metrics).rows, times);
  }

  /** Appends a metrics row, which it returns, and a timing row, and starts a new interval. */
  row({ config, state, progress }: RunInProgress, scores: CsvRow): CsvRow {
    this.lap('evaluation');
    this.lock.assertHeld();
    const row: CsvRow = {
      step: state.step,
      learning_rate: learningRateAt(config.training, Math.max(0, state.step - 1)),
      ...state.interval.summary(),
      ...scores,
    };
    this.metrics.append(row);
    const times = this.stopwatch.row(state.step);
    this.timing.append(times);
    this.#events?.append(row, times.unix_time);
    state.interval.clear();
    progress.row(row);
    return row;
  }

  lap(kind: 'training' | 'evaluation'): void {
    this.stopwatch.lap(kind);
  }

  checkpoint({ config, trainer, state }: RunInProgress): void {
    if (this.#savedStep === state.step) return;
    this.lock.assertHeld();
    this.timing.mark();
    const { step, skips, interval } = state;
    const checkpoint: Checkpoint = {
      parameters: trainer.parameters(),
      state: trainer.state(),
      interval: interval.snapshot(),
      loop: { step, skippedInARow: skips.length },
      metrics: this.metrics.mark(),
      configHash: this.configHash,
    };
    saveCheckpoint(this.directory, checkpoint, keepingOf(config, state));
    this.#savedStep = step;
  }

  /** Saves where the run is, so that the same command continues from here. */
  saveAndLeave(run: RunInProgress): null {
    this.lap('training');
    this.checkpoint(run);
    if (run.state.step > 0) this.timing.append(this.stopwatch.row(run.state.step));
    this.timing.mark();
    return null;
  }

  finish(run: RunInProgress, status: FinalStatus): Outcome {
    this.checkpoint(run);
    this.lock.assertHeld();
    const { step, lastRow, ruling, best } = run.state;
    const { solvedAt } = ruling;
    const outcome: Outcome = {
      status,
      step,
      metrics: scoresOf(lastRow!),
      baseline: run.task.baseline,
      checkpoint: checkpointFile(step),
      ...(solvedAt !== null && { solved_at: solvedAt }),
      ...(best && { best: this.#outcomeAt(best.step) }),
    };
    // The checkpoint may be older than the last row; the row has to be on disk before anybody hears of it.
    const config = Buffer.from(toYaml(run.config));
    recordTimes(this.directory, this.timing.mark());
    writeOutcome(this.directory, outcome, {
      config: { bytes: config.length, sha256: sha256Of([config]) },
      metrics: this.metrics.mark(),
    });
    return outcome;
  }

  #outcomeAt(step: number): OutcomeAt {
    const row = readCsv(runPaths(this.directory).metrics).rows.find((row) => row.step === step)!;
    return { step, metrics: scoresOf(row), checkpoint: checkpointFile(step) };
  }

  get trainingSeconds(): number {
    return this.stopwatch.trainingSeconds;
  }

  close(): void {
    this.metrics.close();
    this.timing.close();
    this.#events?.close();
  }
}

/** Which checkpoints of a run stay. */
export function keepingOf({ checkpoint }: Config, { best }: LoopState): Keeping {
  return { keep: checkpoint.keep, keepEvery: checkpoint.keep_every, best: best?.step };
}

/** Appends a line with the time of day to log.txt. */
export function logLine(directory: string, message: string): void {
  appendFileSync(runPaths(directory).log, `${new Date().toISOString()} ${message}\n`);
}
