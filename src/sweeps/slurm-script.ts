import { programPath } from '../support/package.ts';
import type { SlurmSettings } from './schema.ts';

/** Some array elements of one rung; element i is run, place or worker number `offset + i`. */
export interface ArrayPart {
  /** From 1; 0 for workers, which go from rung to rung. */
  readonly rung: number;
  readonly offset: number;
  /** Ascending; each is less than the cluster's MaxArraySize. */
  readonly elements: readonly number[];
}

export interface ScriptPlaces {
  /** Absolute. */
  readonly manifest: string;
  /** Absolute folder of the jobs' output. */
  readonly logs: string;
  /** The sweep folder's name: the first part of every job's name. */
  readonly name: string;
}

/** The rung and offset of a part can be read off its job's name. */
function jobName(name: string, { rung, offset }: Pick<ArrayPart, 'rung' | 'offset'>): string {
  return `${name}.r${rung}.${offset}`;
}

export function parseJobName(name: string, job: string): Pick<ArrayPart, 'rung' | 'offset'> | null {
  const match = job.startsWith(`${name}.`) ? /^r(\d+)\.(\d+)$/.exec(job.slice(name.length + 1)) : null;
  return match === null ? null : { rung: Number(match[1]), offset: Number(match[2]) };
}

/** The script of a job array: brings one run to its rung, and requeues its element when that takes another allocation. */
export function arrayScript(part: ArrayPart, places: ScriptPlaces, slurm: SlurmSettings): string {
  return `${arrayHead(part, places, slurm)}
number=$((${part.offset} + SLURM_ARRAY_TASK_ID))
line=(${quote(places.manifest)} "$number" --rung ${part.rung} --log "$log")

# Under srun, because only the processes of a job step get the signals before preemption and the time limit.
srun --ntasks=1 "\${sweep[@]}" run "\${line[@]}" --receipt "$receipt"
code=$?

# When a node is lost, srun may say 0: only the receipt says that the work is done.
if [ "$code" -eq 0 ] && [ ! -e "$receipt" ]; then code=75; fi
case $code in
  0) ;;
  75 | 143) again ;;
  *) "\${sweep[@]}" fail "\${line[@]}" --exit "$code" ;; # a crash cannot record itself
esac
exit "$code"
`;
}

/**
 * The script of a job array of workers, for asynchronous halving: each brings what is next to its rung, until nothing is, and
 * requeues its element when that takes another allocation.
 */
export function workerScript(part: ArrayPart, places: ScriptPlaces, slurm: SlurmSettings): string {
  return `${arrayHead(part, places, slurm)}
while true; do
  rm -f "$receipt"
  # Under srun, because only the processes of a job step get the signals before preemption and the time limit.
  srun --ntasks=1 "\${sweep[@]}" run ${quote(places.manifest)} next --log "$log" --receipt "$receipt"
  code=$?
  said=$(cat "$receipt" 2> /dev/null)
  case $code in
    0)
      if [ "$said" = nothing ]; then exit 0; fi
      # When a node is lost, srun may say 0: only the receipt says that the work is done.
      if [ "$said" != done ]; then again; fi
      ;;
    75 | 143) again ;;
    *) # A crash cannot record itself. Where no run was chosen, or nothing can be recorded, the next one would fare no better.
      if [ -z "$said" ]; then exit "$code"; fi
      "\${sweep[@]}" fail ${quote(places.manifest)} "$said" --log "$log" --exit "$code" || exit "$code"
      ;;
  esac
done
`;
}

/** What the script of an array asks for, and knows of itself. */
function arrayHead(part: ArrayPart, { manifest: _, logs, name }: ScriptPlaces, slurm: SlurmSettings): string {
  const throttle = slurm.throttle === undefined ? '' : `%${slurm.throttle}`;
  return `#!/bin/bash
#SBATCH --job-name=${jobName(name, part)}
#SBATCH --array=${ranges(part.elements)}${throttle}
${resources(slurm)}
#SBATCH --signal=USR1@${slurm.signal}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${logs}/%A_%a.log

job=\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}
log=${quote(logs)}/$job.log
receipt=$(mktemp -u)
trap 'rm -f "$receipt"' EXIT
sweep=(${quote(process.execPath)} ${quote(programPath)} sweep)

# After a stop at a checkpoint, or where another process keeps this one out: another allocation goes on from there.
again() {
  restarts=$(scontrol show job --oneliner "$job" | sed -n 's/.* Restarts=\\([0-9]*\\) .*/\\1/p')
  # Slurm may have restarted this element already, taking this node for lost: that one is left alone.
  if [ "$restarts" = "\${SLURM_RESTART_COUNT:-0}" ] && [ "$restarts" -lt ${slurm.requeues} ]; then
    scontrol requeue "$job" && sleep 60 # which Slurm cuts short
  fi
  exit 75
}
`;
}

/** The script of the job that sums up a sweep once all its arrays have ended, however they ended. */
export function collectScript({ manifest, logs, name }: ScriptPlaces, slurm: SlurmSettings): string {
  return `#!/bin/bash
#SBATCH --job-name=${name}.collect
${resources({ ...slurm, time: '10', cpus: 1 })}
#SBATCH --output=${logs}/collect-%j.log

exec ${quote(process.execPath)} ${quote(programPath)} sweep collect ${quote(manifest)}
`;
}

function resources({ partition, time, cpus, mem, extra }: SlurmSettings): string {
  return [
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...(mem === undefined ? [] : [`--mem=${mem}`]),
    ...extra,
  ]
    .map((option) => `#SBATCH ${option}`)
    .join('\n');
}

/** `0-3,7,9-11`. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let first = 0; first < numbers.length; ) {
    let last = first;
    while (numbers[last + 1] === numbers[last]! + 1) last += 1;
    parts.push(last === first ? `${numbers[first]}` : `${numbers[first]}-${numbers[last]}`);
    first = last + 1;
  }
  return parts.join(',');
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
