import type { Argv, CommandModule } from 'yargs';
import type { RunRecord } from '../../reports/run-record.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { printable } from '../../support/printable.ts';
import { type LogOption, withLogAxes } from '../options.ts';

interface CompareArguments extends LogOption {
  runs: string[];
  metric: string | undefined;
  save: string | undefined;
  json: boolean;
}

export const compareCommand: CommandModule<object, CompareArguments> = {
  builder: (yargs) =>
    withLogAxes(yargs)
      .positional('runs', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Runs, or folders of runs',
      })
      .option('metric', {
        type: 'string',
        requiresArg: true,
        describe: 'Column of metrics.csv to draw [default: the validation score]',
      })
      .option('save', {
        type: 'string',
        requiresArg: true,
        describe: 'Also draw the chart into this .svg or .png file',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the table as JSON' })
      .example(
        '$0 compare results/runs/a results/runs/b --save a-b.svg',
        'two runs',
      ) as Argv<CompareArguments>,
  handler: async ({ runs: folders, metric, save, json, log }) => {
    const { findRunRecords } = await import('../../reports/find-runs.ts');
    const { chooseColumn, comparison } = await import('../../reports/compare.ts');
    const { drawInTerminal, drawToFile } = await import('../terminal/draw.ts');
    const { formatTable } = await import('../terminal/table.ts');
    const warn = (message: string) => process.stderr.write(`irnn-run: ${printable(message)}\n`);
    const found = folders.flatMap((folder) => findRunRecords([folder], warn));
    if (found.length === 0)
      throw new UserError(ExitCode.missingInput, `${folders.join(', ')}: no runs there`);
    const runs = withDistinctNames(found);
    const { header, rows } = comparison(runs);
    const column = chooseColumn(runs, metric);
    if (save !== undefined) await drawToFile(save, runs, [column], { title: 'Runs compared', log });
    if (json) {
      const records = rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index]])));
      process.stdout.write(`${JSON.stringify(records, null, 2)}\n`);
      return;
    }
    process.stdout.write(`${formatTable(header, rows)}\n${await drawInTerminal(runs, [column], log)}`);
    if (save !== undefined) process.stdout.write(`${save}\n`);
  },
};

/** Copies of one run, from two machines say, are told apart by their folders. */
function withDistinctNames(runs: readonly RunRecord[]): RunRecord[] {
  const names = runs.map(({ name }) => name);
  return runs.map((run) =>
    names.filter((name) => name === run.name).length > 1 ? { ...run, name: run.directory } : run,
  );
}
