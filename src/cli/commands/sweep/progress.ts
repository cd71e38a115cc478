import { MultiBar, type SingleBar } from 'cli-progress';
import { describeSettings } from '../../../sweeps/combinations.ts';
import type { LocalLauncher, ProgressMessage, Watcher } from '../../../sweeps/local.ts';
import type { Sweep, SweepRun } from '../../../sweeps/manifest.ts';
import type { Observation } from '../../../sweeps/observe.ts';
import { observedSpeeds, remainingWork, type Speed } from '../../../sweeps/speeds.ts';
import { SpeedMeter } from '../../../training/speed-meter.ts';
import { formatDuration, formatRate } from '../../terminal/duration.ts';
import { drawBar, fitLine, formatFigure, type Part, part } from '../../terminal/line.ts';
import { formatScore } from '../../terminal/score.ts';

/** Shows a sweep's progress from start to end. */
export interface SweepProgress extends Watcher {
  begin(launcher: LocalLauncher): void;
  stop(): void;
}

/** A bar a process and one for all on a terminal, a line a run elsewhere, nothing when asked to be quiet. All on stderr. */
export function createWatcher(sweep: Sweep, jobs: number, quiet: boolean): SweepProgress {
  if (quiet) return new Silence();
  return process.stderr.isTTY ? new Bars(sweep, jobs) : new Lines(sweep, jobs);
}

class Silence implements SweepProgress {
  begin(): void {}
  started(): void {}
  progress(): void {}
  ended(): void {}
  stop(): void {}
}

/** A run in progress, and how fast it gets on. */
interface Current {
  readonly run: SweepRun;
  readonly meter: SpeedMeter;
  readonly until: number;
  step: number;
  /** Steps a second, as its process counts them. */
  rate: number;
}

/** Knows what is left of a sweep, from run directories and from the processes' own reports. */
class Forecast {
  readonly current = new Map<number, Current>();
  #launcher: LocalLauncher | null = null;

  constructor(
    private readonly sweep: Sweep,
    private readonly jobs: number,
  ) {}

  begin(launcher: LocalLauncher): void {
    this.#launcher = launcher;
  }

  started(slot: number, run: SweepRun, { step }: Observation, until: number): Current {
    const current = { run, meter: new SpeedMeter(), until, step, rate: 0 };
    this.current.set(slot, current);
    return current;
  }

  /** A message without a loss is a process's first: what it took to get so far says nothing about its speed. */
  progress(slot: number, { step, loss, rate }: ProgressMessage): Current | undefined {
    const current = this.current.get(slot);
    if (current === undefined) return undefined;
    [current.step, current.rate] = [step, rate];
    if (loss === null) current.meter.start(step);
    else current.meter.update(step);
    return current;
  }

  /** Runs that need no more work. */
  get over(): number {
    const plans = this.#launcher?.plans ?? [];
    return plans.filter(({ kind }) => kind !== 'ready' && kind !== 'blocked').length;
  }

  /** Seconds until all is done, at most, at the speeds seen so far; NaN while they are not known. */
  get eta(): number {
    const launcher = this.#launcher;
    if (launcher === null) return Number.NaN;
    const speeds = new Map<string, Speed>(observedSpeeds(this.sweep, launcher.observations));
    const steps = new Map<number, number>();
    for (const { run, meter, step } of this.current.values()) {
      steps.set(run.index, step);
      if (meter.pace > 0 && !speeds.has(run.workload))
        speeds.set(run.workload, { ms: 1000 / meter.pace, runs: 1 });
    }
    const stepOf = (index: number) => steps.get(index) ?? launcher.observations[index]!.step;
    return remainingWork(this.sweep, launcher.plans, stepOf, speeds).seconds / this.jobs;
  }
}

/** One line for every process that has ended. */
class Lines implements SweepProgress {
  readonly #forecast: Forecast;

  constructor(
    private readonly sweep: Sweep,
    jobs: number,
  ) {
    this.#forecast = new Forecast(sweep, jobs);
  }

  begin(launcher: LocalLauncher): void {
    this.#forecast.begin(launcher);
    process.stderr.write(
      `${this.sweep.name}: ${this.#forecast.over} of ${this.sweep.runs.length} runs are over\n`,
    );
  }

  started(slot: number, run: SweepRun, observation: Observation, until: number): void {
    this.#forecast.started(slot, run, observation, until);
  }

  progress(slot: number, message: ProgressMessage): void {
    this.#forecast.progress(slot, message);
  }

  ended(slot: number, run: SweepRun, observation: Observation): void {
    this.#forecast.current.delete(slot);
    const { over, eta } = this.#forecast;
    const left = Number.isFinite(eta) && eta > 0 ? `  at most ${formatDuration(eta)}` : '';
    process.stderr.write(
      `${over}/${this.sweep.runs.length}  ${describeEnd(this.sweep, run, observation)}${left}\n`,
    );
  }

  stop(): void {}
}

const REDRAW_MS = 1_000;

/** What stands behind a bar. */
interface Payload {
  readonly parts: readonly Part[];
}

function nameOf(run: SweepRun): Part {
  return part(describeSettings(run.settings) || run.run, 0);
}

class Bars implements SweepProgress {
  readonly #forecast: Forecast;
  readonly #bars: MultiBar;
  readonly #total: SingleBar;
  readonly #slots = new Map<number, SingleBar>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sweep: Sweep,
    jobs: number,
  ) {
    this.#forecast = new Forecast(sweep, jobs);
    this.#bars = new MultiBar({
      stream: process.stderr,
      format: (_, { progress, total, value, maxWidth }, { parts }: Payload) => {
        const [count, share] = [`${value}/${total}`, `${Math.floor(100 * progress)}%`];
        return fitLine([part(drawBar(progress, 20), 8), part(share, 9), part(count, 5), ...parts], maxWidth);
      },
      hideCursor: true,
      gracefulExit: false,
      linewrap: false,
    });
    this.#total = this.#bars.create(sweep.runs.length, 0, { parts: [part(sweep.name, 0)] });
  }

  begin(launcher: LocalLauncher): void {
    this.#forecast.begin(launcher);
    const redraw = () => {
      const left = part(`at most ${formatDuration(this.#forecast.eta)}`, 1);
      this.#total.update(this.#forecast.over, { parts: [part(this.sweep.name, 2), left] });
    };
    this.#timer = setInterval(redraw, REDRAW_MS);
    redraw();
  }

  started(slot: number, run: SweepRun, observation: Observation, until: number): void {
    const { step } = this.#forecast.started(slot, run, observation, until);
    const payload: Payload = { parts: [nameOf(run)] };
    const bar = this.#slots.get(slot) ?? this.#bars.create(until, step, payload);
    bar.setTotal(until);
    bar.update(step, payload);
    this.#slots.set(slot, bar);
  }

  progress(slot: number, message: ProgressMessage): void {
    const current = this.#forecast.progress(slot, message);
    if (current === undefined) return;
    const { run, meter, step, until, rate } = current;
    const loss = message.loss === null ? '' : `loss ${formatFigure(message.loss, process.stderr)}`;
    // A stop rule may end it sooner.
    const left = `${run.stop === null ? 'eta' : 'at most'} ${formatDuration(meter.eta(until))}`;
    this.#slots.get(slot)?.update(step, {
      parts: [nameOf(run), part(loss, 3), part(rate > 0 ? formatRate(rate) : '', 7), part(left, 4)],
    });
  }

  ended(slot: number, run: SweepRun, observation: Observation): void {
    this.#forecast.current.delete(slot);
    if (observation.failure !== null) this.#bars.log(`${describeEnd(this.sweep, run, observation)}\n`);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#total.update(this.#forecast.over, { parts: [part(this.sweep.name, 0)] });
    this.#bars.stop();
  }
}

function describeEnd(sweep: Sweep, run: SweepRun, { outcome, failure, step, score }: Observation): string {
  const ending = failure === null ? `${outcome ?? 'left'} at step ${step}` : `failed: ${failure.cause}`;
  const value = score === null ? '' : `  ${sweep.select!.metric} ${formatScore(score.value)}`;
  return `${run.run}  ${describeSettings(run.settings)}  ${ending}${value}`;
}
