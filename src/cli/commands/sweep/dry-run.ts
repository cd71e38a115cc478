import { UserError } from '../../../support/errors.ts';
import { describeSettings } from '../../../sweeps/combinations.ts';
import type { LoadedSweep } from '../../../sweeps/load.ts';
import { runConfig, type Sweep, sweepPaths } from '../../../sweeps/manifest.ts';
import { measureSpeed } from '../../../sweeps/measure.ts';
import { planSweep } from '../../../sweeps/plan.ts';
import { observedSpeeds, type Remaining, remainingWork, type Speed } from '../../../sweeps/speeds.ts';
import { type SweepStatus, sweepStatus } from '../../../sweeps/status.ts';
import { formatDuration } from '../../terminal/duration.ts';
import { formatScore } from '../../terminal/score.ts';
import { formatTable } from '../../terminal/table.ts';
import { boundOf } from './format-status.ts';

interface Options {
  readonly out: string;
  /** Processes at once. */
  readonly jobs: number;
  readonly launcher: 'local' | 'slurm' | 'manifest';
  readonly json: boolean;
}

/** What is left to do, with the starts of processes. */
interface Cost extends Remaining {
  readonly secondsAStart: number;
  readonly total: number;
}

/** Prints every run, what it will cost at most, and under Slurm what would be submitted. Writes nothing. */
export async function dryRun({ sweep, slurm }: LoadedSweep, options: Options): Promise<void> {
  // Counted from the start of this process: each run pays for a start of its own, and for its data and model.
  const startMs = performance.now();
  const status = sweepStatus(options.out, sweep);
  const paths = sweepPaths(options.out, sweep);
  const speeds = await allSpeeds(sweep, status, paths.manifest);
  const observations = status.runs.map(({ observation }) => observation);
  const plans = planSweep(sweep, ({ index }) => observations[index]!);
  const remaining = remainingWork(sweep, plans, (index) => observations[index]!.step, speeds);
  const setUps = [...speeds.values()].flatMap((speed) => speed.startMs ?? []);
  const secondsAStart =
    (startMs + setUps.reduce((sum, ms) => sum + ms, 0) / Math.max(1, setUps.length)) / 1000;
  const cost: Cost = {
    ...remaining,
    secondsAStart,
    total: remaining.seconds + remaining.starts * secondsAStart,
  };
  const jobs =
    options.launcher === 'slurm'
      ? await import('../../../sweeps/slurm.ts').then(({ maxArraySize, slurmJobs }) =>
          slurmJobs({
            sweep,
            observe: ({ index }) => observations[index]!,
            paths,
            slurm,
            cluster: { maxArraySize: maxArraySize(true), queued: [] },
          }),
        )
      : [];
  if (options.json) {
    const report = { ...toJson(status, speeds, cost, options.jobs, paths), slurm_jobs: jobs };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${formatRuns(status, speeds)}\n${formatSpeeds(speeds)}\n`);
  process.stdout.write(formatTotal(sweep, cost, options.jobs));
  for (const { file, script } of jobs) process.stdout.write(`\n# sbatch ${file}\n${script}`);
}

/** What the run directories say of a workload's speed, or else a short measurement of it here. */
async function allSpeeds(sweep: Sweep, { runs }: SweepStatus, manifest: string): Promise<Map<string, Speed>> {
  const speeds = observedSpeeds(
    sweep,
    runs.map(({ observation }) => observation),
  );
  for (const { run } of runs) {
    if (speeds.has(run.workload)) continue;
    process.stderr.write(`measuring ${run.workload}\n`);
    try {
      speeds.set(run.workload, await measureSpeed(runConfig(manifest, sweep.text, run.index)));
    } catch (error) {
      // The run itself would fail in the same way; the others can still be estimated.
      if (!(error instanceof UserError)) throw error;
      process.stderr.write(`irnn-run: cannot measure ${run.workload}: ${error.message}\n`);
      speeds.set(run.workload, { ms: Number.NaN, runs: 0 });
    }
  }
  return speeds;
}

function formatRuns({ runs }: SweepStatus, speeds: ReadonlyMap<string, Speed>): string {
  const rows = runs.map(({ run, state }) => {
    const seconds = (run.steps * speeds.get(run.workload)!.ms) / 1000;
    return [
      run.index,
      run.run,
      describeSettings(run.settings),
      run.seed,
      run.steps,
      formatDuration(seconds),
      state,
    ];
  });
  return formatTable(['', 'run', 'settings', 'seed', 'steps', 'whole run', 'state'], rows);
}

function formatSpeeds(speeds: ReadonlyMap<string, Speed>): string {
  const rows = [...speeds].map(([workload, { ms, runs }]) => [
    workload,
    formatScore(ms),
    runs === 0 ? 'measured here just now' : `from ${runs} run${runs === 1 ? '' : 's'}`,
  ]);
  return formatTable(['workload', 'ms a step, evaluations in', ''], rows);
}

function formatTotal(sweep: Sweep, { steps, starts, secondsAStart, total }: Cost, jobs: number): string {
  const halving =
    sweep.halving === null
      ? ''
      : ` (at ${sweep.halving.rungs.join(', ')} steps one of ${sweep.halving.eta} combinations goes on)`;
  const work = `${Math.round(steps).toLocaleString('en')} steps${halving} and ${starts} starts of ${formatScore(Number(secondsAStart.toPrecision(2)))} s`;
  const time = `${formatDuration(total)} for one process, ${formatDuration(total / jobs)} for ${jobs}`;
  return `${sweep.runs.length} runs. To do, ${boundOf(sweep)}: ${work}, ${time} on cores like this one.\n`;
}

function toJson(
  { sweep, runs }: SweepStatus,
  speeds: ReadonlyMap<string, Speed>,
  { steps, starts, secondsAStart, total }: Cost,
  jobs: number,
  paths: ReturnType<typeof sweepPaths>,
) {
  return {
    sweep: sweep.name,
    manifest: paths.manifest,
    steps_at_most: steps,
    starts_at_most: starts,
    seconds_a_start: secondsAStart,
    seconds_at_most: { one_process: finite(total), jobs: finite(total / jobs) },
    jobs,
    workloads: Object.fromEntries(
      [...speeds].map(([workload, speed]) => [workload, { ms_per_step: finite(speed.ms), runs: speed.runs }]),
    ),
    runs: runs.map(({ run, state }) => ({ ...run, state })),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
