/** Exit codes of the command line: the documented subset of BSD sysexits, plus our own 80. */
export const ExitCode = {
  ok: 0,
  unverified: 1,
  usage: 64,
  badData: 65,
  missingInput: 66,
  unavailable: 69,
  internal: 70,
  cannotCreate: 73,
  ioError: 74,
  tryAgain: 75,
  badConfig: 78,
  diverged: 80,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * An error the user can act on: its message says what went wrong, where, and what to do.
 * The command line prints the message alone (the stack only under --debug) and exits with `exitCode`.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Problems that are named before the rest are counted. */
const NAMED = 10;

/** Several problems as one, a line each, with the exit code of the first; at least one. */
export function joinProblems(problems: readonly Pick<UserError, 'exitCode' | 'message'>[]): UserError {
  const lines = problems.slice(0, NAMED).map(({ message }) => message);
  const others = problems.length - lines.length;
  if (others > 0) lines.push(`and ${others} more like these`);
  return new UserError(problems[0]!.exitCode, lines.join('\n'));
}
