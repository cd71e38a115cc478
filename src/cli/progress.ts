import { SingleBar } from 'cli-progress';
import { judgedBy, taskNames } from '../config/tasks.ts';
import type { StepResult } from '../engines/engine.ts';
import type { CsvRow } from '../support/csv.ts';
import { printable } from '../support/printable.ts';
import type { Progress } from '../training/progress.ts';
import { formatDuration, SpeedMeter } from './speed-meter.ts';

const REDRAW_MS = 200;
/** Weight of one more redraw in the displayed loss. */
const SMOOTHING = 0.1;

/** A progress bar on a terminal, plain lines elsewhere, nothing when asked to be quiet. All on stderr. */
export function createProgress(name: string, quiet: boolean): Progress {
  if (quiet) return new Silence();
  return process.stderr.isTTY ? new Bar(name) : new Lines(name);
}

class Silence implements Progress {
  start(): void {}
  step(): void {}
  row(): void {}
  note(): void {}
  stop(): void {}
}

/** One line for every metrics row. */
class Lines implements Progress {
  readonly #meter = new SpeedMeter();
  #steps = 0;

  constructor(private readonly name: string) {}

  start(step: number, steps: number): void {
    this.#steps = steps;
    this.#meter.start(step);
  }

  step(): void {}

  row(row: CsvRow): void {
    const step = row.step ?? 0;
    this.#meter.update(step);
    const cells = [
      `step ${step}/${this.#steps}`,
      `loss ${formatNumber(row.train_loss_median)}`,
      ...formatScores(row),
    ];
    if (this.#meter.rate > 0) {
      cells.push(
        `${Math.round(this.#meter.rate)} steps/s`,
        `eta ${formatDuration(this.#meter.eta(this.#steps))}`,
      );
    }
    this.note(cells.join('  '));
  }

  note(message: string): void {
    process.stderr.write(`${this.name}: ${printable(message)}\n`);
  }

  stop(): void {}
}

class Bar implements Progress {
  readonly #meter = new SpeedMeter();
  readonly #bar: SingleBar;
  #steps = 0;
  #loss = Number.NaN;
  #scores = '';
  #drawn = 0;

  constructor(private readonly name: string) {
    this.#bar = new SingleBar({
      stream: process.stderr,
      format:
        '{name} {bar} {percentage}%  {value}/{total}  eta {left}  loss {loss}  {scores}  {rate} steps/s',
      barCompleteChar: '#',
      barIncompleteChar: '-',
      barsize: 20,
      hideCursor: true,
      gracefulExit: false,
      linewrap: false,
    });
  }

  start(step: number, steps: number): void {
    this.#steps = steps;
    this.#meter.start(step);
    this.#bar.start(steps, step, this.#payload());
  }

  step(step: number, result: StepResult): void {
    const now = performance.now();
    if (now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    const { loss } = result;
    this.#loss = Number.isFinite(this.#loss) ? this.#loss + SMOOTHING * (loss - this.#loss) : loss;
    this.#meter.update(step);
    this.#bar.update(step, this.#payload());
  }

  row(row: CsvRow): void {
    this.#scores = formatScores(row).join('  ');
    this.#bar.update(row.step ?? 0, this.#payload());
  }

  note(message: string): void {
    process.stderr.write(`${this.name}: ${printable(message)}\n`);
  }

  stop(): void {
    this.#bar.stop();
  }

  #payload() {
    return {
      name: this.name,
      left: formatDuration(this.#meter.eta(this.#steps)),
      loss: formatNumber(this.#loss),
      scores: this.#scores,
      rate: Math.round(this.#meter.rate),
    };
  }
}

/** The scores that some task is judged by. */
function formatScores(row: CsvRow): string[] {
  return [...new Set(taskNames.map((task) => judgedBy(task).name))].flatMap((metric) =>
    ['valid', 'test']
      .filter((split) => `${split}_${metric}` in row)
      .map((split) => `${split}_${metric} ${formatNumber(row[`${split}_${metric}`])}`),
  );
}

function formatNumber(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value)
    ? '-'
    : String(Number(value.toPrecision(4)));
}
