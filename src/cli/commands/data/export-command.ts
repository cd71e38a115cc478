import type { Argv, CommandModule } from 'yargs';
import { type OverrideOptions, overridesOf, withOverrides } from '../../options.ts';

interface ExportArguments extends OverrideOptions {
  config: string;
  out: string;
  split: 'train' | 'valid' | 'test';
  batches: number | undefined;
}

export const exportCommand: CommandModule<object, ExportArguments> = {
  command: 'export <config>',
  describe: "Write a task's sequences as a model reads them, for other programs",
  builder: (yargs) =>
    withOverrides(yargs)
      .positional('config', {
        type: 'string',
        demandOption: true,
        describe: "A config, or a run's config.yaml",
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'FILE.safetensors: x, target, length',
      })
      .option('split', {
        choices: ['train', 'valid', 'test'] as const,
        default: 'test' as const,
        describe: 'Which sequences; of train, minibatches',
      })
      .option('batches', {
        type: 'number',
        requiresArg: true,
        describe: 'Only the first so many batches (for train it has to be said)',
      })
      .example('$0 data export configs/mnist.yaml --out test.safetensors', 'the test images, a pixel a step')
      .example(
        '$0 data export configs/adding-t150.yaml --split train --batches 10 --out train.safetensors',
        'what the first ten updates see',
      ) as Argv<ExportArguments>,
  handler: async (args) => {
    const { exportData } = await import('./export.ts');
    await exportData(args.config, overridesOf(args), args);
  },
};
