import { ExitCode } from '../support/errors.ts';

/**
 * Makes the process outlive its output: who reads it may go away (`| head`), a disk that it goes to may fill up. What the
 * program does goes on without a listener; a result that could not be written makes the exit code 74.
 */
export function guardOutput(): void {
  let lost = false;
  process.stderr.on('error', () => {}); // progress and messages: there is nowhere left to say it
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (lost || error.code === 'EPIPE') return;
    lost = true;
    process.stderr.write(`irnn-run: cannot write the result to standard output (${error.message})\n`);
  });
  process.on('exit', (code) => {
    if (lost && code === ExitCode.ok) process.exitCode = ExitCode.ioError;
  });
}
