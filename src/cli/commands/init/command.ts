import { readdirSync } from 'node:fs';
import type { Argv, CommandModule } from 'yargs';
import type { TaskName } from '../../../config/tasks.ts';
import { packageFile } from '../../../support/package.ts';

interface InitArguments {
  name: string;
  task: TaskName;
}

export const initCommand: CommandModule<object, InitArguments> = {
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        default: 'experiment',
        describe: 'Name of the experiment and of its files',
      })
      .option('task', {
        choices: templates(),
        default: 'adding' as const,
        describe: 'What is learned',
      })
      .example('$0 init first', 'first.yaml and first-sweep.yaml; then: irnn-run first.yaml')
      .example('$0 init novels --task language_model', 'a language model') as Argv<InitArguments>,
  handler: async ({ name, task }) => {
    const { writeStart } = await import('./write-start.ts');
    process.stdout.write(writeStart(name, task));
  },
};

/** Tasks with a config to start from. They are read off the file names, so that `--help` need not load the schema. */
function templates(): TaskName[] {
  const names = readdirSync(packageFile('assets/init')).map((file) => file.replace(/\.yaml$/, ''));
  return names.filter((name) => name !== 'sweep') as TaskName[];
}
