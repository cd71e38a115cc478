import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { removeIfThere } from '../../../support/atomic-file.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { type LoadedSweep, loadSweep } from '../../../sweeps/load.ts';
import { LocalLauncher } from '../../../sweeps/local.ts';
import {
  readManifest,
  type Sweep,
  type SweepRun,
  type sweepPaths,
  writeManifest,
} from '../../../sweeps/manifest.ts';
import { observe } from '../../../sweeps/observe.ts';
import { publish } from '../../../sweeps/publish.ts';
import { type SweepStatus, statusJson, sweepStatus } from '../../../sweeps/status.ts';
import { runPaths } from '../../../training/run-directory.ts';
import { exitCodeOf } from '../../../training/signals.ts';
import { findInput } from '../../inputs.ts';
import { type OverrideOptions, overridesOf } from '../../options.ts';
import { formatOverview, formatStatus } from './format-status.ts';

interface StartOptions extends OverrideOptions {
  readonly sweep: string;
  readonly out: string;
  readonly jobs: number | undefined;
  readonly launcher: 'local' | 'slurm' | 'manifest';
  readonly slurm: readonly string[] | undefined;
  readonly wait: boolean;
  readonly retryFailed: boolean;
  readonly dryRun: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** A process takes some 100 MB. */
const MOST_JOBS = 512;

/**
 * Runs whatever is left of a sweep, or submits it, or writes its manifest for other launchers. Throws ConfigError for anything wrong in any combination before
 * anything starts; UserError unless every run is done, diverged or dropped by halving at the end.
 */
export async function startSweep(options: StartOptions): Promise<void> {
  if (options.jobs !== undefined && !(Number.isInteger(options.jobs) && options.jobs > 0)) {
    throw new UserError(ExitCode.usage, '--jobs: expected a whole number of at least 1');
  }
  if (options.launcher === 'local' && (options.jobs ?? 0) > MOST_JOBS) {
    throw new UserError(
      ExitCode.usage,
      `--jobs ${options.jobs}: at most ${MOST_JOBS} processes on one machine, which has ${availableParallelism()} cores`,
    );
  }
  if (options.launcher !== 'slurm' && (options.wait || options.slurm !== undefined)) {
    throw new UserError(ExitCode.usage, '--wait and --slurm mean nothing without --launcher slurm');
  }
  const loaded = loadSweep(findInput(options.sweep, 'sweep'), {
    config: overridesOf(options),
    slurm: [
      ...(options.slurm ?? []),
      ...(options.launcher === 'slurm' && options.jobs !== undefined ? [`throttle=${options.jobs}`] : []),
    ],
  });
  if (options.dryRun) {
    const { dryRun } = await import('./dry-run.ts');
    await dryRun(loaded, {
      ...options,
      jobs: options.jobs ?? loaded.slurm.throttle ?? availableParallelism(),
    });
    return;
  }
  if (options.retryFailed) forgetFailures(options.out, loaded.sweep);
  const paths = writeManifest(options.out, loaded.sweep);
  if (options.launcher === 'manifest') process.stdout.write(`${paths.manifest}\n`);
  else if (options.launcher === 'slurm') await runOnSlurm(loaded, paths, options);
  else await runHere(loaded.sweep, paths, options);
}

/** Shows where a sweep stands. Throws UserError like `startSweep` unless it is complete. */
export async function showStatus(
  options: OverrideOptions & { readonly sweep: string[]; readonly out: string; readonly json: boolean },
): Promise<void> {
  const { sweep: targets, out, json } = options;
  const statuses = targets.map((target) => {
    const manifest = manifestOf(target);
    return manifest === null
      ? sweepStatus(
          out,
          loadSweep(findInput(target, 'sweep'), { config: overridesOf(options), slurm: [] }).sweep,
        )
      : sweepStatus(dirname(dirname(manifest)), readManifest(manifest));
  });
  const [only] = statuses;
  if (only !== undefined && statuses.length === 1) return report(only, json);
  process.stdout.write(
    json ? `${JSON.stringify(statuses.map(statusJson), null, 2)}\n` : formatOverview(statuses),
  );
}

/**
 * Writes a sweep's summary into its folder, and shows where it stands. Throws UserError like `startSweep` unless it
 * is complete.
 */
export async function collect({ manifest, json }: { manifest: string; json: boolean }): Promise<void> {
  const sweep = readManifest(manifest);
  const root = dirname(dirname(manifest));
  const status = sweepStatus(root, sweep);
  publish(writeManifest(root, sweep), status);
  report(status, json);
}

/** A manifest, or the folder it lies in. */
function manifestOf(target: string): string | null {
  if (basename(target).endsWith('.jsonl')) return target;
  const inside = join(target, 'manifest.jsonl');
  return existsSync(inside) ? inside : null;
}

async function runHere(
  sweep: Sweep,
  paths: ReturnType<typeof sweepPaths>,
  { out: root, jobs = availableParallelism(), quiet, json }: StartOptions,
): Promise<void> {
  const { createWatcher } = await import('./progress.ts');
  const watcher = createWatcher(sweep, jobs, quiet);
  const launcher = new LocalLauncher(sweep, { root, paths, jobs, watcher });
  watcher.begin(launcher);
  const { observations, busy, signal } = await launcher.run().finally(() => watcher.stop());
  const status = sweepStatus(root, sweep, observations);
  try {
    publish(paths, status);
  } catch (error) {
    print(status, json); // on a full disk, say, this is the only place where it is said what failed
    throw error;
  }
  if (signal !== null) {
    throw new UserError(
      exitCodeOf(signal),
      `stopped at checkpoints (${formatCounts(status)}); the same command continues`,
    );
  }
  const first = busy[0];
  if (first !== undefined && !quiet) {
    process.stderr.write(
      `irnn-run: ${busy.length} runs are in use by other processes, such as ${first.run}\n`,
    );
  }
  report(status, json);
}

async function runOnSlurm(
  { sweep, slurm }: LoadedSweep,
  paths: ReturnType<typeof sweepPaths>,
  { out: root, wait, quiet, json }: StartOptions,
): Promise<void> {
  const { maxArraySize, queuedElements, slurmJobs, submitJobs } = await import('../../../sweeps/slurm.ts');
  const observations = sweep.runs.map((run) => observe(root, sweep, run));
  const cluster = { maxArraySize: maxArraySize(false), queued: queuedElements(paths) };
  const observeRun = ({ index }: SweepRun) => observations[index]!;
  const jobs = slurmJobs({ sweep, observe: observeRun, paths, slurm, cluster });
  // Workers wait for nobody.
  const inTurn = slurm.throttle !== undefined && !sweep.halving?.asynchronous;
  submitJobs(jobs, cluster.queued, inTurn, ({ part, file }, id) => {
    const kind = part?.rung === 0 ? 'workers' : 'runs';
    const what = part === null ? 'the job that sums up' : `${part.elements.length} ${kind}`;
    if (!quiet) process.stderr.write(`submitted ${what} as job ${id} (${file})\n`);
  });
  const { setTimeout } = await import('node:timers/promises');
  while (wait && queuedElements(paths).length > 0) await setTimeout(POLL_MS);
  const status = sweepStatus(root, sweep);
  if (status.complete) publish(paths, status);
  report(status, json);
}

const POLL_MS = 5_000;

/** Prints where the sweep stands; throws UserError unless every run is done, diverged, or dropped. */
function report(status: SweepStatus, json: boolean): void {
  print(status, json);
  if (status.complete) return;
  const [first] = status.failures;
  if (first === undefined) {
    throw new UserError(
      ExitCode.tryAgain,
      `not complete (${formatCounts(status)}); the same command continues`,
    );
  }
  const codes: readonly (number | string)[] = Object.values(ExitCode);
  const exitCode = codes.includes(first.failure.exit) ? (first.failure.exit as ExitCode) : ExitCode.internal;
  const advice = 'see their logs; --retry-failed runs them again';
  throw new UserError(exitCode, `${status.counts.failed} of ${status.runs.length} runs failed; ${advice}`);
}

function print(status: SweepStatus, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(statusJson(status), null, 2)}\n` : formatStatus(status));
}

function formatCounts({ counts }: SweepStatus): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

/** Failed runs are tried again. */
function forgetFailures(root: string, sweep: Sweep): void {
  for (const { run } of sweep.runs) removeIfThere(runPaths(join(root, run)).failed);
}
