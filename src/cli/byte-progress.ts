import { SingleBar } from 'cli-progress';
import { type Preparation, unwatched } from '../data/preparation.ts';
import { formatDuration, SpeedMeter } from './speed-meter.ts';

const REDRAW_MS = 200;
/** Off a terminal, a line for every such part of a pass. */
const PART = 0.1;

/** Progress of passes over files: a bar on a terminal, plain lines elsewhere, nothing when asked to be quiet. On stderr. */
export function createByteProgress(quiet: boolean): Preparation {
  if (quiet) return unwatched;
  return process.stderr.isTTY ? new Bar() : new Lines();
}

class Lines implements Preparation {
  #what = '';
  #total = 0;
  #done = 0;
  #told = 0;

  begin(what: string, bytes: number): void {
    this.#what = what;
    this.#total = bytes;
    this.#done = 0;
    this.#told = 0;
    this.note(`${what} (${formatBytes(bytes)})`);
  }

  advance(bytes: number): void {
    this.#done += bytes;
    const fraction = this.#done / this.#total;
    if (fraction < this.#told + PART) return;
    this.#told = Math.floor(fraction / PART) * PART;
    this.note(`${this.#what}: ${Math.round(100 * fraction)} %`);
  }

  note(message: string): void {
    process.stderr.write(`${message}\n`);
  }

  end(): void {}
}

class Bar implements Preparation {
  readonly #bar = new SingleBar({
    stream: process.stderr,
    format: '{what} {bar} {percentage}%  {done} of {size}  {speed}/s  eta {left}',
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

  begin(what: string, bytes: number): void {
    this.#what = what;
    this.#total = bytes;
    this.#done = 0;
    this.#meter.start(0);
    this.#bar.start(bytes, 0, this.#payload());
  }

  advance(bytes: number): void {
    this.#done += bytes;
    const now = performance.now();
    if (now - this.#drawn < REDRAW_MS && this.#done < this.#total) return;
    this.#drawn = now;
    this.#meter.update(this.#done);
    this.#bar.update(this.#done, this.#payload());
  }

  note(message: string): void {
    process.stderr.write(`${message}\n`);
  }

  end(): void {
    this.#bar.stop();
  }

  #payload() {
    return {
      what: this.#what,
      done: formatBytes(this.#done),
      size: formatBytes(this.#total),
      speed: formatBytes(this.#meter.rate),
      left: formatDuration(this.#meter.eta(this.#total)),
    };
  }
}

/** `87 kB`, `1.8 GB`: powers of ten, as disks are measured. */
function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value >= 9.95 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
