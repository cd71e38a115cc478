import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ExitCode, UserError } from '../support/errors.ts';
import { groupBy } from '../support/group-by.ts';
import type { Sweep, SweepRun, sweepPaths } from './manifest.ts';
import type { Observation } from './observe.ts';
import { placesOf } from './places.ts';
import { entrantsOf, groupsOf, planSweep, readyRuns } from './plan.ts';
import type { SlurmSettings } from './schema.ts';
import {
  type ArrayPart,
  arrayScript,
  collectScript,
  parseJobName,
  type ScriptPlaces,
  workerScript,
} from './slurm-script.ts';

/** An array element that is in the queue, or a whole array known by its id alone. */
interface QueuedElement extends Pick<ArrayPart, 'rung' | 'offset'> {
  readonly job: string;
  readonly element: number;
}

export interface SlurmJob {
  /** Null for the job that sums up. */
  readonly part: ArrayPart | null;
  readonly file: string;
  readonly script: string;
}

/** Slurm's default, for a dry run where no Slurm is. */
const DEFAULT_MAX_ARRAY_SIZE = 1001;

/** What jobs are made from. */
interface JobsOf {
  readonly sweep: Sweep;
  readonly observe: (run: SweepRun) => Observation;
  readonly paths: ReturnType<typeof sweepPaths>;
  readonly slurm: SlurmSettings;
  readonly cluster: { readonly maxArraySize: number; readonly queued: readonly QueuedElement[] };
}

/** What there is to submit: the arrays of each rung or of workers, and the job that sums up. Nothing if all is done or queued. */
export function slurmJobs(work: JobsOf): SlurmJob[] {
  const { sweep, paths, slurm } = work;
  const places: ScriptPlaces = {
    manifest: resolve(paths.manifest),
    logs: resolve(paths.slurm),
    name: basename(paths.folder, '.sweep'),
  };
  const jobs = sweep.halving?.asynchronous ? workerJobs(work, places) : rungJobs(work, places);
  if (jobs.length === 0) return [];
  const file = join(paths.slurm, 'collect.sbatch');
  return [...jobs, { part: null, file, script: collectScript(places, slurm) }];
}

/** An array for each rung, which waits for the one before it. */
function rungJobs({ sweep, observe, paths, slurm, cluster }: JobsOf, places: ScriptPlaces): SlurmJob[] {
  const queued = new Set(cluster.queued.map(({ rung, offset, element }) => `${rung} ${offset + element}`));
  const rungs = (sweep.halving?.rungs.length ?? 0) + 1;
  const jobs: SlurmJob[] = [];
  for (let rung = 1; rung <= rungs; rung++) {
    const numbers = numbersOf(sweep, observe, rung - 1).filter((number) => !queued.has(`${rung} ${number}`));
    for (const part of split(numbers, rung, cluster.maxArraySize)) {
      const file = join(paths.slurm, `rung-${rung}-from-${part.offset}.sbatch`);
      jobs.push({ part, file, script: arrayScript(part, places, slurm) });
    }
  }
  return jobs;
}

/** Workers: as many as runs are ready, which are as many as can be at work at once, or as the throttle lets through. */
function workerJobs({ sweep, observe, paths, slurm, cluster }: JobsOf, places: ScriptPlaces): SlurmJob[] {
  const ready = readyRuns(sweep, planSweep(sweep, observe), observe).length;
  const queued = new Set(cluster.queued.map(({ offset, element }) => offset + element));
  const wanted = Math.max(0, Math.min(ready, slurm.throttle ?? ready) - queued.size);
  const numbers = Array.from({ length: wanted + queued.size }, (_, number) => number)
    .filter((number) => !queued.has(number))
    .slice(0, wanted);
  return split(numbers, 0, cluster.maxArraySize).map((part) => {
    const file = join(paths.slurm, `workers-from-${part.offset}.sbatch`);
    return { part, file, script: workerScript(part, places, slurm) };
  });
}

/** The runs of the first rung that are left; the places of a later one, as far as it is decided who has them. */
function numbersOf(sweep: Sweep, observe: (run: SweepRun) => Observation, rung: number): number[] {
  const plans = planSweep(sweep, observe);
  const isReady = ({ index }: SweepRun) => {
    const plan = plans[index]!;
    return plan.kind === 'ready' && plan.rung === rung;
  };
  if (rung === 0) return sweep.runs.filter(isReady).map(({ index }) => index);
  const numbers: number[] = [];
  let first = 0;
  for (const group of groupsOf(sweep).values()) {
    const entrants = entrantsOf(sweep, group, observe, rung);
    const places = placesOf(sweep, group, rung);
    for (let place = 0; place < places; place++) {
      const run = entrants?.[place];
      if (entrants === null || (run !== undefined && isReady(run))) numbers.push(first + place);
    }
    first += places;
  }
  return numbers;
}

function split(numbers: readonly number[], rung: number, maxArraySize: number): ArrayPart[] {
  const parts = groupBy(numbers, (number) => Math.floor(number / maxArraySize) * maxArraySize);
  return [...parts].map(([offset, members]) => ({
    rung,
    offset,
    elements: members.map((number) => number - offset),
  }));
}

/**
 * Submits jobs, each rung after the one before it; with a throttle also each part of a rung after the one before it,
 * so that the throttle holds for all. Calls `submitted` with the id of each. Throws UserError (69) if Slurm refuses.
 */
export function submitJobs(
  jobs: readonly SlurmJob[],
  queued: readonly QueuedElement[],
  throttled: boolean,
  submitted: (job: SlurmJob, id: string) => void,
): void {
  const before = (rung: number) => queued.filter((element) => element.rung < rung).map(({ job }) => job);
  const done: { readonly rung: number; readonly id: string }[] = [];
  for (const job of jobs) {
    writeFileSync(job.file, job.script);
    const rung = job.part?.rung ?? Number.POSITIVE_INFINITY;
    const earlier = done.filter((other) => other.rung < rung || throttled).map(({ id }) => id);
    const after = new Set([...before(rung), ...earlier]);
    const dependency = after.size === 0 ? [] : [`--dependency=afterany:${[...after].join(':')}`];
    const id = slurmCommand('sbatch', '--parsable', ...dependency, job.file)
      .trim()
      .split(';')[0]!;
    done.push({ rung, id });
    submitted(job, id);
  }
}

/** What the cluster says, or Slurm's default if there is none and it is only a dry run. */
export function maxArraySize(dryRun: boolean): number {
  try {
    const config = slurmCommand('scontrol', 'show', 'config');
    return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(config)?.[1] ?? DEFAULT_MAX_ARRAY_SIZE);
  } catch (error) {
    if (!dryRun) throw error;
    process.stderr.write(`irnn-run: no Slurm here: MaxArraySize is taken to be ${DEFAULT_MAX_ARRAY_SIZE}\n`);
    return DEFAULT_MAX_ARRAY_SIZE;
  }
}

/** The elements of a sweep's arrays that are waiting or running. Throws UserError (69) if Slurm does not answer. */
export function queuedElements(paths: ReturnType<typeof sweepPaths>): QueuedElement[] {
  const name = basename(paths.folder, '.sweep');
  return slurmCommand('squeue', '--noheader', '--me', '--array', '--format=%j|%F|%K')
    .split('\n')
    .flatMap((line) => {
      const [jobName = '', job = '', element = ''] = line.trim().split('|');
      const part = parseJobName(name, jobName);
      return part === null ? [] : [{ ...part, job, element: Number(element) }];
    });
}

function slurmCommand(command: string, ...argv: string[]): string {
  try {
    return execFileSync(command, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    const reason =
      code === 'ENOENT'
        ? 'not found; this needs the commands of Slurm'
        : (stderr?.trim().split('\n').at(-1) ?? String(error));
    throw new UserError(ExitCode.unavailable, `${command}: ${reason}`, { cause: error });
  }
}
