import type { CommandModule } from 'yargs';
import yargs from 'yargs/yargs';
import { shippedNames } from '../config/shipped.ts';
import { ExitCode, type UserError } from '../support/errors.ts';
import { version } from '../support/package.ts';
import { printable } from '../support/printable.ts';
import { STDIN } from '../support/stdin.ts';
import { commandNames, commandsFor } from './commands/all.ts';
import { explainError } from './explain-error.ts';
import { UsageFailure } from './usage-failure.ts';

/** Runs one command line (without node and the script) and returns its exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  // yargs takes a lone dash for an option without a name.
  const words = argv.map((word) => (word === '-' ? STDIN : word));
  try {
    await cli(words, await commandsFor(words)).parseAsync();
    return ExitCode.ok;
  } catch (error) {
    const cause = error instanceof UsageFailure ? await explainUsage(error, words) : error;
    return report(cause, words);
  }
}

function cli(argv: readonly string[], commands: CommandModule[]) {
  return (
    yargs(argv as string[])
      .scriptName('irnn-run')
      // usage.ts explains yargs' messages, and knows them in English only.
      .locale('en')
      .usage(
        '$0 <config...>\n\nTrains recurrent networks as in "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units".',
      )
      .command(commands)
      // The command of this name is ours: yargs' own goes on to the default command once it has printed its script.
      .completion('completion-of-yargs', false, complete)
      .option('debug', { type: 'boolean', default: false, describe: 'Show stack traces', global: true })
      .version(version)
      .alias('h', 'help')
      .strict()
      .wrap(Math.min(110, process.stdout.columns ?? 110))
      .exitProcess(false)
      .fail((message: string | null, error: Error | undefined, yargs) => {
        if (error && error.name !== 'YError') throw error;
        let help = '';
        yargs.showHelp((text) => {
          help = text;
        });
        throw new UsageFailure(message ?? error!.message, help);
      })
      .epilogue(
        'Exit codes: 0 done, 1 not verified, 64 usage, 65 bad data, 66 missing input, 69 engine not available, 70 internal, 73 cannot\n' +
          'create output, 74 I/O error, 75 stopped or locked: run again, 78 bad config, 80 diverged under\n' +
          '--fail-on-diverged, 130 SIGINT, 143 SIGTERM.',
      )
  );
}

/** Where a config may stand, the names of those that come with the program; commands and options as yargs knows them. */
function complete(
  current: string,
  _: unknown,
  defaults: (onCompleted?: (error: Error | null, words: string[] | undefined) => void) => void,
  done: (words: string[]) => void,
): void {
  defaults((_, words = []) => {
    const isFirst = words.some((word) => word.split(':')[0] === 'doctor');
    const names = isFirst && current !== '' ? shippedNames('config') : [];
    done([
      ...words.filter((word) => !word.startsWith('$0')),
      ...names.filter((name) => name.startsWith(current)),
    ]);
  });
}

async function explainUsage(failure: UsageFailure, words: readonly string[]): Promise<UserError> {
  return (await import('./usage.ts')).explainUsage(failure, words);
}

/** Prints what went wrong and what to do; the exit code says which kind it was. */
function report(error: unknown, words: readonly string[]): number {
  const trains = words[0] === 'sweep' || !commandNames.includes(words[0] ?? '');
  const { message, exitCode } = explainError(error, trains);
  process.stderr.write(`irnn-run: ${printable(message)}\n`);
  if (words.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode;
}
