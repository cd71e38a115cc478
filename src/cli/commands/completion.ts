import type { CommandModule } from 'yargs';

export const completionCommand: CommandModule = {
  command: 'completion',
  describe: 'Print a script that completes commands, options and config names in bash or zsh',
  builder: (yargs) =>
    yargs
      .example('$0 completion >> ~/.bashrc', 'bash; a new shell completes with the tab key')
      .example('source <($0 completion)', 'this shell alone'),
  handler: async () => {
    const { default: yargs } = await import('yargs/yargs');
    yargs([]).scriptName('irnn-run').showCompletionScript();
  },
};
