import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';
import type { Config } from '../../config/schema.ts';
import { judgedBy, taskNames } from '../../config/tasks.ts';
import type { StepResult } from '../../engines/engine.ts';
import type { CsvRow } from '../../support/csv.ts';
import { printable } from '../../support/printable.ts';
import type { Progress } from '../../training/progress.ts';
import { SpeedMeter } from '../../training/speed-meter.ts';
import { formatDuration, formatRate } from './duration.ts';
import { describeEnding, describeEndingShortly } from './ending.ts';
import { cut, drawBar, fitLine, formatFigure, type Part, part } from './line.ts';

const REDRAW_MS = 200;
/** Weight of one more redraw in the displayed loss. */
const SMOOTHING = 0.1;
const SHORT_NAME = 16;

type Watched = Pick<Config, 'name' | 'stop'>;

/** A line that is drawn anew on a terminal, plain lines elsewhere, nothing when asked to be quiet. All on stderr. */
export function createProgress(config: Watched, quiet: boolean): Progress {
  if (quiet) return new Silence();
  return process.stderr.isTTY ? new Bar(config) : new Lines(config);
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

  constructor(private readonly config: Watched) {}

  start(step: number, steps: number): void {
    this.#steps = steps;
    this.#meter.start(step);
    if (this.config.stop !== null)
      this.note(`${describeEnding(this.config.stop)}; at step ${steps} at the latest`);
  }

  step(): void {
    this.#meter.tick();
  }

  row(row: CsvRow): void {
    const step = row.step ?? 0;
    this.#meter.pause();
    this.#meter.update(step);
    const { rate } = this.#meter;
    const left = this.#meter.eta(this.#steps);
    const ending = this.config.stop === null && Number.isFinite(left) ? [`eta ${formatDuration(left)}`] : [];
    const cells = [
      this.config.stop === null ? `step ${step}/${this.#steps}` : `step ${step}`,
      `loss ${formatFigure(row.train_loss_median, process.stderr)}`,
      ...scoresOf(row),
      ...(rate > 0 ? [formatRate(rate)] : []),
      ...ending,
    ];
    this.note(cells.join('  '));
  }

  note(message: string): void {
    process.stderr.write(`${this.config.name}: ${printable(message)}\n`);
  }

  stop(): void {}
}

/**
 * One line that always fits the terminal. A run that a stop rule ends says so instead of counting to a length that it will hardly
 * reach: then there is no bar, no percentage and no time left.
 */
class Bar implements Progress {
  readonly #meter = new SpeedMeter();
  readonly #bar: SingleBar;
  #loss: number | null = null;
  #scores: readonly string[] = [];
  #drawn = 0;
  readonly #resized = () => this.#bar.render();

  constructor(private readonly config: Watched) {
    this.#bar = new SingleBar({
      stream: process.stderr,
      format: (_, { progress, total, value, maxWidth }) => {
        const bars = [20, 10].map((width) => drawBar(progress, width));
        return fitLine(this.#parts(value, total, bars), maxWidth);
      },
      hideCursor: true,
      gracefulExit: false,
      linewrap: false,
    });
  }

  start(step: number, steps: number): void {
    this.#meter.start(step);
    this.#bar.start(steps, step);
    process.stderr.on('resize', this.#resized);
  }

  step(step: number, result: StepResult): void {
    this.#meter.tick();
    const now = performance.now();
    if (now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    const { loss } = result;
    const before = this.#loss;
    this.#loss = before !== null && Number.isFinite(before) ? before + SMOOTHING * (loss - before) : loss;
    this.#meter.update(step);
    this.#bar.update(step);
  }

  row(row: CsvRow): void {
    this.#meter.pause();
    this.#meter.update(row.step ?? 0);
    this.#scores = scoresOf(row);
    this.#bar.update(row.step ?? 0);
    this.#bar.render();
  }

  /** Printed where the line is; the line is drawn again below it when it next changes. */
  note(message: string): void {
    if (this.#bar.isActive) {
      cursorTo(process.stderr, 0);
      clearLine(process.stderr, 1);
    }
    process.stderr.write(`${this.config.name}: ${printable(message)}\n`);
  }

  stop(): void {
    process.stderr.off('resize', this.#resized);
    this.#bar.stop();
  }

  #parts(step: number, steps: number, [wide, narrow]: readonly string[]): Part[] {
    const { name, stop } = this.config;
    const [count, total] = [step.toLocaleString('en'), steps.toLocaleString('en')];
    const share = steps === 0 ? 100 : Math.floor((100 * step) / steps);
    const how: Part[] =
      stop === null
        ? [
            {
              ways: [
                [wide!, 9],
                [narrow!, 4],
              ],
            },
            part(`${share}%`, 0),
            {
              ways: [
                [`${count}/${total}`, 6],
                [count, 3],
              ],
            },
            part(`eta ${formatDuration(this.#meter.eta(steps))}`, 1),
          ]
        : [
            {
              ways: [
                [`step ${count} of ${total} at most`, 9],
                [`step ${count}`, 0],
              ],
            },
            {
              ways: [
                [describeEnding(stop), 4],
                [describeEndingShortly(stop), 1],
              ],
            },
          ];
    const { rate } = this.#meter;
    return [
      {
        ways: [
          [name, 6],
          [cut(name, SHORT_NAME), 3.5],
        ],
      },
      ...how,
      part(this.#loss === null ? '' : `loss ${formatFigure(this.#loss, process.stderr)}`, 5),
      ...this.#scores.map((score, index) => part(score, index === 0 ? 3 : 8)),
      part(rate > 0 ? formatRate(rate) : '', 7),
    ];
  }
}

/** The scores that some task is judged by, validation first. */
function scoresOf(row: CsvRow): string[] {
  return [...new Set(taskNames.map((task) => judgedBy(task).name))].flatMap((metric) =>
    ['valid', 'test']
      .filter((split) => `${split}_${metric}` in row)
      .map((split) => `${split}_${metric} ${formatFigure(row[`${split}_${metric}`], process.stderr)}`),
  );
}
