import { ExitCode, UserError } from '../support/errors.ts';

/**
 * What went wrong and what to do, in one line, and the exit code that says which kind it was. `trains` says whether there is
 * a run that the same command would continue.
 */
export function explainError(error: unknown, trains = true): { message: string; exitCode: number } {
  if (error instanceof UserError) return error;
  if (error instanceof Error && error.name === 'YError') {
    return { message: `${error.message}; see irnn-run --help`, exitCode: ExitCode.usage };
  }
  if (isSystemError(error)) {
    const denied = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR'].includes(error.code);
    const retry = trains ? ' (the run continues from its last checkpoint when started again)' : '';
    return {
      message: `${error.message}${denied ? ' (cannot write there)' : retry}`,
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
