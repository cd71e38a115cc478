import { dirname } from 'node:path';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { recordCrash, work } from '../../../sweeps/worker.ts';
import { explainError } from '../../explain-error.ts';
import { wholeSteps } from '../../options.ts';

interface Options {
  readonly manifest: string;
  readonly number: string;
  readonly rung: number | undefined;
  readonly 'until-step': number | undefined;
  readonly log: string | undefined;
  readonly receipt?: string | undefined;
}

/** Runs one line of a manifest, or what is next of it, and says in a line how it ended. Throws what `work` throws. */
export async function runAssignment(options: Options): Promise<void> {
  const { number: text, rung, 'until-step': untilStep } = options;
  const number = text === 'next' ? text : runNumber(text, ' or next');
  if (number === 'next' && (rung !== undefined || untilStep !== undefined)) {
    const which = rung === undefined ? '--until-step' : '--rung';
    throw new UserError(ExitCode.usage, `${which}: what is next knows how far it goes`);
  }
  const result = await work({ ...assignmentOf(options), number }, (error) => explainError(error));
  const nobody = number === 'next' ? 'nothing is next' : 'nobody has this place';
  process.stdout.write(
    result === null
      ? `${nobody}\n`
      : `${result.directory}: ${result.outcome?.status ?? 'paused'} at step ${result.step}\n`,
  );
}

/** Records a crash of the process that had the line. */
export function recordFailure(options: Options & { readonly exit: number }): void {
  recordCrash({ ...assignmentOf(options), number: runNumber(options.number) }, options.exit);
}

function runNumber(text: string, or = ''): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UserError(ExitCode.usage, `${text}: expected the number of a run, from 0${or}`);
}

/** A manifest lies in the folder of its sweep, which lies beside the run directories. */
function assignmentOf({ manifest, rung = 1, log, receipt, 'until-step': untilStep }: Options) {
  const root = dirname(dirname(manifest));
  return { manifest, root, rung, untilStep: wholeSteps(untilStep), log: log ?? null, receipt };
}
