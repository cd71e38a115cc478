import type { CommandModule } from 'yargs';

export const completionCommand: CommandModule = {
  builder: (yargs) =>
    yargs
      .example('$0 completion >> ~/.bashrc', 'bash; a new shell completes with the tab key')
      .example('source <($0 completion)', 'this shell alone'),
  handler: async () => {
    const { default: yargs } = await import('yargs/yargs');
    yargs([]).scriptName('irnn-run').showCompletionScript();
  },
};
