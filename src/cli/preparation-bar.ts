import { SingleBar } from 'cli-progress';
import { type Preparation, unwatched } from '../data/preparation.ts';

/** Lines that a preparation prints where there is no terminal. */
const LINES = 4;

/** A bar on a terminal, a few plain lines elsewhere, nothing when asked to be quiet. All on stderr. */
export function createPreparation(name: string, quiet: boolean): Preparation {
  if (quiet) return unwatched;
  return process.stderr.isTTY ? new PreparationBar(name) : new PreparationLines(name);
}

class PreparationLines implements Preparation {
  #what = '';
  #total = 0;
  #done = 0;
  #printed = 0;

  constructor(private readonly name: string) {}

  begin(what: string, total: number): void {
    [this.#what, this.#total, this.#done, this.#printed] = [what, total, 0, 0];
    this.note(`${what}: ${total} to do`);
  }

  advance(count: number): void {
    this.#done += count;
    const quarter = Math.floor((LINES * this.#done) / this.#total);
    if (quarter === this.#printed) return;
    this.#printed = quarter;
    this.note(`${this.#what}: ${this.#done} of ${this.#total}`);
  }

  end(): void {}

  note(message: string): void {
    process.stderr.write(`${this.name}: ${message}\n`);
  }
}

class PreparationBar implements Preparation {
  readonly #bar: SingleBar;

  constructor(private readonly name: string) {
    this.#bar = new SingleBar({
      stream: process.stderr,
      format: '{name} {bar} {percentage}%  {value}/{total}  eta {eta_formatted}  {what}',
      barCompleteChar: '#',
      barIncompleteChar: '-',
      barsize: 20,
      hideCursor: true,
      gracefulExit: false,
      linewrap: false,
    });
  }

  begin(what: string, total: number): void {
    this.#bar.start(total, 0, { name: this.name, what });
  }

  advance(count: number): void {
    this.#bar.increment(count);
  }

  end(): void {
    this.#bar.stop();
  }

  note(message: string): void {
    process.stderr.write(`${this.name}: ${message}\n`);
  }
}
