import type { Argv, CommandModule } from 'yargs';
import { UserError } from '../../support/errors.ts';
import { printable } from '../../support/printable.ts';

interface ListArguments {
  folder: string;
  json: boolean;
}

export const listCommand: CommandModule<object, ListArguments> = {
  builder: (yargs) =>
    yargs
      .positional('folder', {
        type: 'string',
        default: 'results/runs',
        describe: 'Folder of run directories',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print a JSON array',
      })
      .example('$0 list', 'every run in results/runs')
      .example(
        '$0 list results/paper/figure-2 --json',
        'runs elsewhere, for machines',
      ) as Argv<ListArguments>,
  handler: async ({ folder, json }) => {
    const { findRuns, summariseRun } = await import('../../training/run-directory.ts');
    const { newestScores } = await import('../../training/results.ts');
    const { formatNewest, formatScores } = await import('../terminal/score.ts');
    const { formatTable } = await import('../terminal/table.ts');
    // One damaged run must not hide the others.
    const runs = findRuns(folder).flatMap((directory) => {
      try {
        const summary = summariseRun(directory);
        // How far an unfinished run has come.
        return [{ ...summary, newest: summary.outcome === null ? newestScores(directory) : null }];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        process.stderr.write(`irnn-run: ${printable(error.message)}; left out\n`);
        return [];
      }
    });
    const rows = runs.map(({ directory, status, step, outcome, newest }) => [
      directory,
      status,
      step,
      newest === null ? formatScores(outcome?.metrics ?? {}) : formatNewest(newest),
    ]);
    process.stdout.write(
      json ? `${JSON.stringify(runs, null, 2)}\n` : formatTable(['run', 'status', 'step', 'scores'], rows),
    );
  },
};
