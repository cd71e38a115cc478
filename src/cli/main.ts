import yargs from 'yargs';
import { ExitCode, UserError } from '../support/errors.ts';
import { version } from '../support/package.ts';
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
import { watchCommand } from './commands/watch.ts';

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
    .command(checkCommand)
    .command(listCommand)
    .command(showCommand)
    .command(compareCommand)
    .command(plotCommand)
    .command(watchCommand)
    .command(reportCommand)
    .command(evalCommand)
    .command(dataCommand)
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
      'Exit codes: 0 done, 64 usage, 65 bad data, 66 missing input, 69 engine not available, 70 internal, 73 cannot\n' +
        'create output, 74 I/O error, 75 stopped or locked: run again, 78 bad config, 80 diverged under\n' +
        '--fail-on-diverged, 130 SIGINT, 143 SIGTERM.',
    );
}

/** Prints what went wrong and what to do; the exit code says which kind it was. */
function report(error: unknown, debug: boolean): number {
  const { message, exitCode } = explain(error);
  process.stderr.write(`irnn-run: ${message}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode;
}

function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof UserError) return error;
  if (error instanceof Error && error.name === 'YError') {
    return { message: `${error.message}; see irnn-run --help`, exitCode: ExitCode.usage };
  }
  if (isSystemError(error)) {
    const denied = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR'].includes(error.code);
    const advice = denied
      ? 'cannot write there'
      : 'the run continues from its last checkpoint when started again';
    return {
      message: `${error.message} (${advice})`,
      exitCode: denied ? ExitCode.cannotCreate : ExitCode.ioError,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message: `internal error: ${message} (--debug shows where)`, exitCode: ExitCode.internal };
}

/** An error of the operating system, such as a full disk. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
