import { UserError } from '../../support/errors.ts';

/** Problems that are named before the rest are counted. */
const NAMED = 10;

/** Several problems as one, a line each, with the exit code of the first; at least one. */
export function joinProblems(problems: readonly Pick<UserError, 'exitCode' | 'message'>[]): UserError {
  const lines = problems.slice(0, NAMED).map(({ message }) => message);
  const others = problems.length - lines.length;
  if (others > 0) lines.push(`and ${others} more like these`);
  return new UserError(problems[0]!.exitCode, lines.join('\n'));
}
