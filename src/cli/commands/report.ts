import type { Argv, CommandModule } from 'yargs';
import { ExitCode, UserError } from '../../support/errors.ts';

interface ReportArguments {
  items: string[];
  runs: string[] | undefined;
  out: string;
}

/** Where runs are looked for if --runs does not say: new ones, and those published before. */
const DEFAULT_RUNS = ['results/runs', 'results/paper'];

export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report [items...]',
  describe: "The paper's figures and tables, with the runs beside its own numbers",
  builder: (yargs) =>
    yargs
      .positional('items', {
        type: 'string',
        array: true,
        default: ['all'],
        describe: 'figure-2, figure-3, table-1, table-2, table-3, table-4, or all',
      })
      .option('runs', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Folders with runs, or runs [default: results/runs and results/paper, if they are there]',
      })
      .option('out', {
        type: 'string',
        default: 'results/paper',
        requiresArg: true,
        describe: 'Folder for the report; index.html in it is the whole of it',
      })
      .example('$0 report', 'everything')
      .example(
        '$0 report figure-2 --runs results/runs --out /tmp/report',
        'one figure',
      ) as Argv<ReportArguments>,
  handler: async ({ items, runs, out }) => {
    const { existsSync } = await import('node:fs');
    const { reportItems, writeReport } = await import('../../reports/report.ts');
    const unknown = items.find((item) => item !== 'all' && !reportItems.includes(item as never));
    if (unknown !== undefined) {
      throw new UserError(
        ExitCode.usage,
        `there is no "${unknown}" in the report; choose from ${reportItems.join(', ')}, all`,
      );
    }
    const files = await writeReport({
      items: items.includes('all') ? reportItems : reportItems.filter((item) => items.includes(item)),
      runs: runs ?? DEFAULT_RUNS.filter((folder) => existsSync(folder)),
      out,
      warn: (message) => process.stderr.write(`irnn-run: ${message}\n`),
    });
    process.stdout.write(files.map((file) => `${file}\n`).join(''));
  },
};
