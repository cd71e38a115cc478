import { existsSync, readFileSync } from 'node:fs';
import { ExitCode, UserError } from './errors.ts';

/** A JSON file of our own making; null if it is not there. Throws UserError (65) if it is damaged. */
export function readJsonFile<T>(path: string): T | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(
      ExitCode.badData,
      `${path}: damaged (${error.message}); restore it or start over with --fresh`,
    );
  }
}
