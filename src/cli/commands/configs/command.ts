import type { Argv, CommandModule } from 'yargs';

interface ConfigsArguments {
  name: string | undefined;
  json: boolean;
}

export const configsCommand: CommandModule<object, ConfigsArguments> = {
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: 'Print this one; sweeps/NAME is a sweep' })
      .option('json', { type: 'boolean', default: false, describe: 'Print a JSON array' })
      .example('$0 configs', 'names, each with what it shows; irnn-run NAME runs it')
      .example('$0 configs mnist > mine.yaml', 'a copy to change') as Argv<ConfigsArguments>,
  handler: async ({ name, json }) => {
    const { listShipped, printShipped } = await import('./shipped.ts');
    process.stdout.write(name === undefined ? listShipped(json) : printShipped(name));
  },
};
