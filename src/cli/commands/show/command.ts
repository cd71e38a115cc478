import type { Argv, CommandModule } from 'yargs';

interface ShowArguments {
  run: string;
  json: boolean;
}

export const showCommand: CommandModule<object, ShowArguments> = {
  builder: (yargs) =>
    yargs
      .positional('run', { type: 'string', demandOption: true, describe: 'A run directory' })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print one JSON object',
      })
      .example('$0 show results/runs/quickstart-2af52484-s1', 'one run') as Argv<ShowArguments>,
  handler: async ({ run, json }) => {
    const { describeRunDirectory } = await import('./show-run.ts');
    process.stdout.write(describeRunDirectory(run, json));
  },
};
