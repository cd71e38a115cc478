import yargs from 'yargs/yargs';
import { ExitCode, UserError } from '../support/errors.ts';
import { version } from '../support/package.ts';
import { baselineCommand } from './commands/baseline.ts';
import { benchCommand } from './commands/bench.ts';
import { checkCommand } from './commands/check.ts';
import { compareCommand } from './commands/compare.ts';
import { dataCommand } from './commands/data.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evalCommand } from './commands/eval.ts';
import { listCommand } from './commands/list.ts';
import { plotCommand } from './commands/plot.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { schemaCommand } from './commands/schema.ts';
import { showCommand } from './commands/show.ts';
import { sweepCommand } from './commands/sweep.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import { explainError } from './explain-error.ts';

/** Runs one command line (without node and the script) and returns its exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await cli(argv).parseAsync();
    return ExitCode.ok;
  } catch (error) {
    return report(error, argv.includes('--debug'));
  }
}

function cli(argv: readonly string[]) {
  return yargs(argv as string[])
    .scriptName('irnn-run')
    .usage(
      '$0 <config...>\n\nTrains recurrent networks as in "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units".',
    )
    .command(runCommand)
    .command(sweepCommand)
    .command(checkCommand)
    .command(listCommand)
    .command(showCommand)
    .command(compareCommand)
    .command(plotCommand)
    .command(watchCommand)
    .command(verifyCommand)
    .command(reportCommand)
    .command(evalCommand)
    .command(dataCommand)
    .command(baselineCommand)
    .command(benchCommand)
    .command(doctorCommand)
    .command(schemaCommand)
    .option('debug', { type: 'boolean', default: false, describe: 'Show stack traces', global: true })
    .version(version)
    .alias('h', 'help')
    .strict()
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UserError(ExitCode.usage, `${message}; see irnn-run --help`);
    })
    .epilogue(
      'Exit codes: 0 done, 1 not verified, 64 usage, 65 bad data, 66 missing input, 69 engine not available, 70 internal, 73 cannot\n' +
        'create output, 74 I/O error, 75 stopped or locked: run again, 78 bad config, 80 diverged under\n' +
        '--fail-on-diverged, 130 SIGINT, 143 SIGTERM.',
    );
}

/** Prints what went wrong and what to do; the exit code says which kind it was. */
function report(error: unknown, debug: boolean): number {
  const { message, exitCode } = explainError(error);
  process.stderr.write(`irnn-run: ${message}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode;
}
