import type { Argv, CommandModule } from 'yargs';
import { type OverrideOptions, withOverrides } from '../../options.ts';

interface BaselineArguments extends OverrideOptions {
  config: string;
  order: number;
  json: boolean;
}

export const baselineCommand: CommandModule<object, BaselineArguments> = {
  builder: (yargs) =>
    withOverrides(
      yargs.positional('config', {
        type: 'string',
        demandOption: true,
        describe: 'A YAML file, or the name of a config that comes with the program',
      }),
    )
      .option('order', {
        type: 'number',
        default: 3,
        requiresArg: true,
        describe: 'Words of the longest n-gram, 1 to 6 (language_model)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .example('$0 baseline brown-lstm --order 3', 'unigram, bigram and trigram on the Brown corpus')
      .example('$0 baseline mine.yaml', 'what a constant prediction scores') as Argv<BaselineArguments>,
  handler: async (argv) => {
    const { scoreBaselines } = await import('./baselines.ts');
    await scoreBaselines(argv.config, argv);
  },
};
