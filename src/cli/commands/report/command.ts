import type { Argv, CommandModule } from 'yargs';
import { ExitCode, UserError } from '../../../support/errors.ts';

interface ReportArguments {
  items: string[];
  runs: string[] | undefined;
  all: string | undefined;
  out: string | undefined;
  open: boolean;
  watch: boolean;
  interval: number;
}

/** Where runs are looked for if --runs does not say: new ones, and those published before. */
const DEFAULT_RUNS = ['results/runs', 'results/paper'];
const DEFAULT_OUT = 'results/paper';

export const reportCommand: CommandModule<object, ReportArguments> = {
  builder: (yargs) =>
    yargs
      .positional('items', {
        type: 'string',
        array: true,
        default: [],
        describe: 'figure-2, figure-3, table-1, table-2, table-3, table-4, or all [default: all]',
      })
      .option('runs', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'Folders with runs, or runs [default: results/runs and results/paper, if they are there]',
      })
      .option('all', {
        type: 'string',
        requiresArg: true,
        conflicts: 'runs',
        describe: 'Instead: one page of all runs in this folder, whatever they are',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: `Folder for the report [default: ${DEFAULT_OUT}; with --all, "report" in its folder]`,
      })
      .option('open', { type: 'boolean', default: false, describe: 'Show the page in a browser' })
      .option('watch', {
        type: 'boolean',
        default: false,
        describe: 'Write it again whenever runs have changed, until Ctrl-C; an open page follows',
      })
      .option('interval', {
        type: 'number',
        default: 10,
        requiresArg: true,
        describe: 'Seconds between looks of --watch',
      })
      .example('$0 report --open', 'everything, in the browser')
      .example(
        '$0 report --all results/runs --watch --open',
        'your own runs while they train',
      ) as Argv<ReportArguments>,
  handler: async ({ items, runs, all, out, open, watch, interval }) => {
    if (!(interval > 0)) throw new UserError(ExitCode.usage, '--interval must be greater than 0');
    const { writer } = await import('./write-report.ts');
    const { existsSync } = await import('node:fs');
    const write =
      all === undefined
        ? writer.paper(items, runs ?? DEFAULT_RUNS.filter((folder) => existsSync(folder)), out ?? DEFAULT_OUT)
        : writer.any(items, all, out);
    const { makeReport } = await import('./write-report.ts');
    await makeReport(write, { open, watch, interval });
  },
};
