const WINDOW_SECONDS = 30;

/** Steps per second over the last half minute, evaluations and checkpoints included. */
export class SpeedMeter {
  #samples: { seconds: number; step: number }[] = [];

  start(step: number): void {
    this.#samples = [];
    this.update(step);
  }

  update(step: number): void {
    const seconds = performance.now() / 1000;
    this.#samples.push({ seconds, step });
    while (this.#samples.length > 2 && seconds - this.#samples[1]!.seconds > WINDOW_SECONDS)
      this.#samples.shift();
  }

  get rate(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.seconds <= first.seconds) return 0;
    return (last.step - first.step) / (last.seconds - first.seconds);
  }

  /** Seconds until `step` at the present rate; NaN while that is unknown. */
  eta(step: number): number {
    const last = this.#samples.at(-1);
    return last && this.rate > 0 ? (step - last.step) / this.rate : Number.NaN;
  }
}

/** Seconds as `42s`, `3m05s`, `2h03m` or `5d04h`; `-` if unknown. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const total = Math.round(seconds);
  if (total < 60) return `${total}s`;
  if (total < 3600) return `${Math.floor(total / 60)}m${pad(total % 60)}s`;
  if (total < 86_400) return `${Math.floor(total / 3600)}h${pad(Math.floor((total % 3600) / 60))}m`;
  return `${Math.floor(total / 86_400)}d${pad(Math.floor((total % 86_400) / 3600))}h`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
