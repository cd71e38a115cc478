const WINDOW_SECONDS = 30;

interface Sample {
  /** Seconds of the clock. */
  readonly wall: number;
  /** Seconds of work among them. */
  readonly busy: number;
  readonly step: number;
}

/**
 * Steps a second over the last half minute. Everywhere in the program this means a second of training, checkpoints included
 * and evaluations left out, as training_seconds of timing.csv counts them; time left is of the clock, with all that goes on.
 */
export class SpeedMeter {
  #samples: Sample[] = [];
  #last = 0;
  #busy = 0;

  start(step: number): void {
    this.#samples = [];
    this.#busy = 0;
    this.pause();
    this.update(step);
  }

  /** The time since the last call was work. */
  tick(): void {
    const now = seconds();
    this.#busy += now - this.#last;
    this.#last = now;
  }

  /** The time since the last call was not. */
  pause(): void {
    this.#last = seconds();
  }

  /** The work since the last call has led to this step. */
  update(step: number): void {
    this.tick();
    this.#samples.push({ wall: this.#last, busy: this.#busy, step });
    while (this.#samples.length > 2 && this.#last - this.#samples[1]!.wall > WINDOW_SECONDS)
      this.#samples.shift();
  }

  /** Steps per second of work; 0 while that is unknown. */
  get rate(): number {
    return this.#per('busy');
  }

  /** Seconds of the clock until `step` at the present pace; NaN while that is unknown. */
  eta(step: number): number {
    const last = this.#samples.at(-1);
    return last && this.pace > 0 ? (step - last.step) / this.pace : Number.NaN;
  }

  /** Steps per second of the clock; 0 while that is unknown. */
  get pace(): number {
    return this.#per('wall');
  }

  #per(kind: 'wall' | 'busy'): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last[kind] <= first[kind]) return 0;
    return (last.step - first.step) / (last[kind] - first[kind]);
  }
}

function seconds(): number {
  return performance.now() / 1000;
}
