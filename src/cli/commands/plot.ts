import type { Argv, CommandModule } from 'yargs';
import { type LogOption, withLogAxes } from '../options.ts';

interface PlotArguments extends LogOption {
  run: string;
  metric: string[] | undefined;
  save: string | undefined;
}

export const plotCommand: CommandModule<object, PlotArguments> = {
  builder: (yargs) =>
    withLogAxes(yargs)
      .positional('run', { type: 'string', demandOption: true, describe: 'A run directory' })
      .option('metric', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Column of metrics.csv (repeatable) [default: the validation and the test score]',
      })
      .option('save', {
        type: 'string',
        requiresArg: true,
        describe: 'Also draw into this .svg or .png file',
      })
      .example('$0 plot results/runs/a --metric gradient_norm_median', 'any column')
      .example('$0 plot results/runs/a --log xy', 'both axes logarithmic') as Argv<PlotArguments>,
  handler: async ({ run, metric, save, log }) => {
    const { readRun } = await import('../../reports/run-record.ts');
    const { chooseColumn, plottableColumns } = await import('../../reports/compare.ts');
    const { drawInTerminal, drawToFile } = await import('../terminal/draw.ts');
    const runs = [readRun(run)];
    const columns =
      metric?.map((name) => chooseColumn(runs, name)) ?? defaultColumns(chooseColumn(runs, undefined));
    const present = columns.filter((name) => plottableColumns(runs).includes(name));
    if (save !== undefined) await drawToFile(save, runs, present, { title: runs[0]!.name, log });
    process.stdout.write(
      `${runs[0]!.name}: ${present.join(', ')}\n${await drawInTerminal(runs, present, log)}`,
    );
    if (save !== undefined) process.stdout.write(`${save}\n`);
  },
};

function defaultColumns(valid: string): string[] {
  return valid.startsWith('valid_') ? [valid, valid.replace('valid_', 'test_')] : [valid];
}
