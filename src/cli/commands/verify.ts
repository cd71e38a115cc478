import type { Argv, CommandModule } from 'yargs';

interface VerifyArguments {
  run: string[];
  steps: number | undefined;
  all: boolean;
  minutes: number | undefined;
  comparable: boolean;
  json: boolean;
}

export const verifyCommand: CommandModule<object, VerifyArguments> = {
  builder: (yargs) =>
    yargs
      .positional('run', { type: 'string', array: true, demandOption: true, describe: 'Run directories' })
      .option('steps', {
        type: 'number',
        requiresArg: true,
        describe: 'Verify to this step (default: the third evaluation)',
      })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'Verify the whole run',
      })
      .option('minutes', {
        type: 'number',
        requiresArg: true,
        describe: 'Time for a run, after which the rows so far count (default: 2; with --all no limit)',
      })
      .option('comparable', {
        type: 'boolean',
        default: false,
        describe: 'Runs that cannot be compared here are named, and do not make the exit code 1',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print a JSON array' })
      .example('$0 verify results/paper/figure-2/*', 'do the published curves come out of this program?')
      .example(
        '$0 verify --all results/runs/quickstart-*',
        'a whole run, its end included',
      ) as Argv<VerifyArguments>,
  handler: async ({ run: directories, steps, all, minutes, comparable, json }) => {
    const [{ verifyRun }, { StopRequest }, { ExitCode, UserError }] = await Promise.all([
      import('../../training/verify.ts'),
      import('../../training/signals.ts'),
      import('../../support/errors.ts'),
    ]);
    if (all && steps !== undefined)
      throw new UserError(ExitCode.usage, '--all and --steps: give one of them');
    if (steps !== undefined && !(Number.isInteger(steps) && steps >= 0)) {
      throw new UserError(ExitCode.usage, `--steps: expected a number of steps, found ${steps}`);
    }
    if (minutes !== undefined && !(minutes > 0)) {
      throw new UserError(ExitCode.usage, `--minutes: expected a positive number, found ${minutes}`);
    }
    const seconds = 60 * (minutes ?? (all ? Number.POSITIVE_INFINITY : 2));
    const stopRequest = new StopRequest();
    const found = [];
    try {
      for (const directory of directories) {
        const result = await verifyRun(directory, { until: all ? 'all' : steps, seconds, stopRequest });
        if (!json) process.stdout.write(sentenceOf(result));
        found.push(result);
      }
    } finally {
      stopRequest.dispose();
    }
    if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    const bad = found.filter(
      ({ verdict }) => verdict === 'differs' || (verdict === 'not comparable' && !comparable),
    );
    if (bad.length > 0) {
      throw new UserError(ExitCode.unverified, `${bad.length} of ${found.length} runs not verified`);
    }
  },
};

function sentenceOf({
  run,
  verdict,
  on,
  rows,
  step,
  reason,
}: import('../../training/verify.ts').Verification): string {
  const extent =
    rows === 0 ? '' : `, ${rows} row${rows === 1 ? '' : 's'} to step ${step.toLocaleString('en')}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `${run}: ${verdict} on ${on}${extent}${why}\n`;
}
