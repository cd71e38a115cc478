import type { Argv, CommandModule } from 'yargs';

interface EvalArguments {
  run: string;
  split: 'valid' | 'test';
  checkpoint: string | string[] | undefined;
  json: boolean;
  predictions: string | undefined;
}

export const evalCommand: CommandModule<object, EvalArguments> = {
  builder: (yargs) =>
    yargs
      .positional('run', { type: 'string', demandOption: true, describe: 'A run directory' })
      .option('split', {
        choices: ['valid', 'test'] as const,
        default: 'test' as const,
        describe: 'Which sequences',
      })
      .option('checkpoint', {
        alias: 'step',
        type: 'string',
        requiresArg: true,
        describe:
          'Which one to score: best, last, or its step (default: the best one, if the run keeps it, or the last)',
      })
      .option('predictions', {
        type: 'string',
        requiresArg: true,
        describe: 'Also write target, prediction and loss one by one: FILE.csv or FILE.jsonl',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print one JSON object',
      })
      .example(
        '$0 eval results/runs/quickstart-2af52484-s1',
        'its best or newest checkpoint on the test split',
      )
      .example(
        '$0 eval results/runs/quickstart-2af52484-s1 --checkpoint 20000',
        'another one',
      ) as Argv<EvalArguments>,
  handler: async ({ run, split, checkpoint, json, predictions }) => {
    const { checkpointChoice } = await import('../options.ts');
    const { requirePredictionsFile, writePredictions } = await import('../write-result.ts');
    if (predictions !== undefined) requirePredictionsFile(predictions);
    const choice = checkpointChoice(checkpoint);
    const { evaluateRun } = await import('../../training/evaluate-run.ts');
    const { formatScore } = await import('../terminal/score.ts');
    const { createPreparation } = await import('../terminal/preparation-bar.ts');
    const preparation = createPreparation(run, false);
    const options = { checkpoint: choice, preparation, predictions: predictions !== undefined };
    const { evaluation: result, predictions: rows } = await evaluateRun(run, split, options);
    if (predictions !== undefined && rows !== null) writePredictions(predictions, rows);
    const scores = Object.entries(result.metrics).map(
      ([name, value]) => `${split}_${name} ${formatScore(value)}`,
    );
    process.stdout.write(
      json
        ? `${JSON.stringify(result)}\n`
        : `step ${result.step}: ${scores.join(', ')}\n${result.dataNote === null ? '' : `  ${result.dataNote}\n`}`,
    );
  },
};
