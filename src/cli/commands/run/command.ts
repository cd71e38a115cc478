import type { Argv, CommandModule } from 'yargs';
import { type OverrideOptions, wholeSteps, withOverrides } from '../../options.ts';

interface RunArguments extends OverrideOptions {
  config: string[];
  out: string;
  fresh: boolean;
  'until-step': number | undefined;
  'dry-run': boolean;
  'fail-on-diverged': boolean;
  quiet: boolean;
  json: boolean;
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: '$0 <config...>',
  describe: 'Run configs in turn: start, continue, or find them done',
  builder: (yargs) =>
    withOverrides(
      yargs.positional('config', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'YAML files, names of configs that come with the program, or - for standard input',
      }),
    )
      .option('out', {
        type: 'string',
        default: 'results/runs',
        requiresArg: true,
        describe: 'Folder for run directories',
      })
      .option('fresh', {
        type: 'boolean',
        default: false,
        describe: 'Start over, deleting what the same run left',
      })
      .option('until-step', {
        type: 'number',
        requiresArg: true,
        describe: 'Leave each run at a checkpoint after this many steps',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Print the resolved config and do nothing',
      })
      .option('fail-on-diverged', {
        type: 'boolean',
        default: false,
        describe: 'Exit with 80 if a run diverges',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress on stderr' })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print one JSON object a run',
      })
      .example('$0 quickstart', 'a config that comes with the program; irnn-run configs lists them')
      .example('$0 mine.yaml --seed 2 --set model.type=lstm', 'a file of your own, changed from the shell')
      .example(
        '$0 mine.yaml --set training.steps=200000',
        'a run that is longer than it was goes on',
      ) as Argv<RunArguments>,
  handler: async (argv) => {
    const { runConfigs } = await import('./run-configs.ts');
    await runConfigs(argv.config, {
      ...argv,
      untilStep: wholeSteps(argv['until-step']),
      dryRun: argv['dry-run'],
      failOnDiverged: argv['fail-on-diverged'],
    });
  },
};
