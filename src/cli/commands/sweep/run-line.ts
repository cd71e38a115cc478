import { dirname } from 'node:path';
import { type Assignment, recordCrash, work } from '../../../sweeps/worker.ts';
import { explainError } from '../../explain-error.ts';
import { wholeSteps } from '../../options.ts';

interface Options {
  readonly manifest: string;
  readonly number: number;
  readonly rung: number;
  readonly 'until-step': number | undefined;
  readonly log: string | undefined;
  readonly receipt?: string | undefined;
}

/** Runs one line of a manifest, and says in a line how it ended. Throws what `work` throws. */
export async function runAssignment(options: Options): Promise<void> {
  const result = await work(assignmentOf(options), (error) => explainError(error));
  const ending =
    result === null
      ? 'nobody has this place'
      : `${result.outcome?.status ?? 'paused'} at step ${result.step}`;
  process.stdout.write(`${result === null ? '' : `${result.directory}: `}${ending}\n`);
}

/** Records a crash of the process that had the line. */
export function recordFailure(options: Options & { readonly exit: number }): void {
  recordCrash(assignmentOf(options), options.exit);
}

/** A manifest lies in the folder of its sweep, which lies beside the run directories. */
function assignmentOf(options: Options): Assignment {
  const { manifest, number, rung, log, receipt } = options;
  const root = dirname(dirname(manifest));
  return {
    manifest,
    root,
    number,
    rung,
    untilStep: wholeSteps(options['until-step']),
    log: log ?? null,
    receipt,
  };
}
