import type { Argv, CommandModule } from 'yargs';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { type LogOption, withLogAxes } from '../../options.ts';

interface WatchArguments extends LogOption {
  target: string;
  metric: string | undefined;
  interval: number;
}

export const watchCommand: CommandModule<object, WatchArguments> = {
  builder: (yargs) =>
    withLogAxes(yargs)
      .positional('target', {
        type: 'string',
        demandOption: true,
        describe: "A run, a sweep's folder, or a folder of runs",
      })
      .option('metric', {
        type: 'string',
        requiresArg: true,
        describe: 'Column of metrics.csv to draw [default: the validation score]',
      })
      .option('interval', {
        type: 'number',
        default: 2,
        requiresArg: true,
        describe: 'Seconds between looks',
      })
      .example('$0 watch results/runs/adding-t150-978276c3-s1', 'one run')
      .example('$0 watch results/runs', 'all that is there') as Argv<WatchArguments>,
  handler: async ({ target, metric, interval, log }) => {
    if (!(interval > 0)) throw new UserError(ExitCode.usage, '--interval must be greater than 0');
    const { watch } = await import('./watch-run.ts');
    await watch(target, { metric, interval, log });
  },
};
