import { basename, join, resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';

interface TextArguments {
  from: string;
  to: string | undefined;
  top: number | undefined;
  'min-count': number | undefined;
  'lower-case': boolean;
  unknown: string;
  markers: 'end' | 'both' | 'none';
  fresh: boolean;
  quiet: boolean;
  json: boolean;
}

/** `irnn-run data prepare`: what takes long is done once, before the runs that need it. */
export const prepareCommand: CommandModule = {
  command: 'prepare',
  describe: 'Make large data ready for runs, once',
  builder: (yargs) =>
    yargs
      .command(textCommand('lm1b', 'The 1 Billion Word benchmark: a vocabulary and token shards'))
      .command(textCommand('text', 'A folder of train, valid and test files: a vocabulary and token shards'))
      .command(speechCommand)
      .example('$0 data prepare lm1b --from 1-billion-word.tar.gz', 'once; runs then start at once')
      .demandCommand(1, 'data prepare lm1b, data prepare text, or data prepare speech'),
  handler() {},
};

interface SpeechArguments {
  from: string | undefined;
  quiet: boolean;
  json: boolean;
}

const speechCommand: CommandModule<object, SpeechArguments> = {
  command: 'speech',
  describe: 'Speech: filter banks, where the first run would otherwise compute them',
  builder: (yargs) =>
    yargs
      .option('from', {
        type: 'string',
        requiresArg: true,
        describe: 'A corpus in TIMIT layout (default: the synthetic speech of the default config)',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress on stderr' })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .example(
        '$0 data prepare speech --from data/timit',
        'filter banks of a corpus',
      ) as Argv<SpeechArguments>,
  handler: async (args) => {
    const { prepareSpeech } = await import('./prepare.ts');
    await prepareSpeech(args.from, args);
  },
};

/** Text too large to read at every start becomes a vocabulary and shards of tokens. */
function textCommand(dataset: 'lm1b' | 'text', describe: string): CommandModule<object, TextArguments> {
  return {
    command: dataset,
    describe,
    builder: (yargs) =>
      yargs
        .option('from', {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe: 'Where it is: a folder, or the archive (.tar.gz) of the benchmark',
        })
        .option('to', {
          type: 'string',
          requiresArg: true,
          describe: 'Folder for the result (default: data/NAME)',
        })
        .option('min-count', {
          type: 'number',
          requiresArg: true,
          describe: 'Only words that occur this often in training (default: 3; 1 with --top)',
        })
        .option('top', {
          type: 'number',
          requiresArg: true,
          describe: 'At most this many words, the most frequent',
        })
        .option('lower-case', { type: 'boolean', default: false, describe: 'Turn the text into lower case' })
        .option('unknown', {
          type: 'string',
          default: '<unk>',
          requiresArg: true,
          describe: 'The word that stands for all others',
        })
        .option('markers', {
          choices: ['end', 'both', 'none'] as const,
          default: 'both' as const,
          requiresArg: true,
          describe: 'Sentence markers: </s> at the end, <s> at the beginning as well, or none',
        })
        .option('fresh', {
          type: 'boolean',
          default: false,
          describe: 'Start over, deleting what is in --to',
        })
        .option('quiet', { type: 'boolean', default: false, describe: 'No progress on stderr' })
        .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
        .example(
          `$0 data prepare ${dataset} --from FOLDER --to data/mine`,
          'then in a config: data: data/mine',
        ) as Argv<TextArguments>,
    handler: async (args) => {
      const { prepareDataset } = await import('./prepare.ts');
      const to = args.to ?? join('data', dataset === 'lm1b' ? 'lm1b' : basename(resolve(args.from)));
      const top = args.top ?? null;
      await prepareDataset(
        dataset,
        args.from,
        to,
        {
          vocabulary: { top, min_count: args['min-count'] ?? (top === null ? 3 : 1) },
          lower_case: args['lower-case'],
          unknown: args.unknown,
          markers: args.markers,
        },
        args,
      );
    },
  };
}
