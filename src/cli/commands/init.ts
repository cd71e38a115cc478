import type { Argv, CommandModule } from 'yargs';

interface InitArguments {
  name: string;
  task: 'adding' | 'pixel_mnist' | 'language_model' | 'phone_frames';
}

export const initCommand: CommandModule<object, InitArguments> = {
  command: 'init [name]',
  describe: 'Write a commented config and a sweep to start from into this folder',
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        default: 'experiment',
        describe: 'Name of the experiment and of its files',
      })
      .option('task', {
        choices: ['adding', 'pixel_mnist', 'language_model', 'phone_frames'] as const,
        default: 'adding' as const,
        describe: 'What is learned',
      })
      .example('$0 init first', 'first.yaml and first-sweep.yaml; then: irnn-run first.yaml')
      .example('$0 init novels --task language_model', 'a language model') as Argv<InitArguments>,
  handler: async ({ name, task }) => {
    const { writeStart } = await import('../init.ts');
    process.stdout.write(writeStart(name, task));
  },
};
