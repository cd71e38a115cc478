import { SingleBar } from 'cli-progress';
import { type Preparation, unwatched } from '../../data/dataset.ts';
import { printable } from '../../support/printable.ts';
import { SpeedMeter } from '../../training/speed-meter.ts';
import { formatDuration } from './duration.ts';

const REDRAW_MS = 200;
/** Lines that a preparation prints where there is no terminal. */
const LINES = 4;

/**
 * A bar on a terminal, a few plain lines elsewhere, nothing when asked to be quiet. All on stderr. `show` gives amounts of
 * work in words: pieces, or `formatBytes`.
 */
export function createPreparation(
  name: string,
  quiet: boolean,
  show: (amount: number) => string = (pieces) => String(Math.round(pieces)),
): Preparation {
  if (quiet) return unwatched;
  return process.stderr.isTTY ? new PreparationBar(name, show) : new PreparationLines(name, show);
}

/** `87 kB`, `1.8 GB`: powers of ten, as disks are measured. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value >= 9.95 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

class PreparationLines implements Preparation {
  #what = '';
  #total = 0;
  #done = 0;
  #printed = 0;

  constructor(
    private readonly name: string,
    private readonly show: (amount: number) => string,
  ) {}

  begin(what: string, total: number): void {
    [this.#what, this.#total, this.#done, this.#printed] = [what, total, 0, 0];
    this.note(`${what}: ${this.show(total)} to do`);
  }

  advance(amount: number): void {
    this.#done += amount;
    const quarter = Math.floor((LINES * this.#done) / this.#total);
    if (quarter === this.#printed) return;
    this.#printed = quarter;
    this.note(`${this.#what}: ${this.show(this.#done)} of ${this.show(this.#total)}`);
  }

  end(): void {}

  note(message: string): void {
    process.stderr.write(`${this.name}: ${printable(message)}\n`);
  }
}

class PreparationBar implements Preparation {
  readonly #bar = new SingleBar({
    stream: process.stderr,
    format: '{name} {bar} {percentage}%  {done} of {size}  {speed}/s  eta {left}  {what}',
    barCompleteChar: '#',
    barIncompleteChar: '-',
    barsize: 20,
    hideCursor: true,
    gracefulExit: false,
    linewrap: false,
  });
  readonly #meter = new SpeedMeter();
  #what = '';
  #total = 0;
  #done = 0;
  #drawn = 0;

  constructor(
    private readonly name: string,
    private readonly show: (amount: number) => string,
  ) {}

  begin(what: string, total: number): void {
    [this.#what, this.#total, this.#done] = [what, total, 0];
    this.#meter.start(0);
    this.#bar.start(total, 0, this.#payload());
  }

  advance(amount: number): void {
    this.#done += amount;
    const now = performance.now();
    if (now - this.#drawn < REDRAW_MS && this.#done < this.#total) return;
    this.#drawn = now;
    this.#meter.update(this.#done);
    this.#bar.update(this.#done, this.#payload());
  }

  end(): void {
    this.#bar.stop();
  }

  note(message: string): void {
    process.stderr.write(`${this.name}: ${printable(message)}\n`);
  }

  #payload() {
    return {
      name: this.name,
      what: this.#what,
      done: this.show(this.#done),
      size: this.show(this.#total),
      speed: this.show(this.#meter.rate),
      left: formatDuration(this.#meter.eta(this.#total)),
    };
  }
}
