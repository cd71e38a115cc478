import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../support/atomic-file.ts';
import { ExitCode, UserError } from '../support/errors.ts';

/** The files of a report by name. */
export type Files = Map<string, string | Uint8Array>;

/** Writes them into a folder, which is made if need be, and returns their paths. Throws UserError (73). */
export function saveFiles(out: string, files: Files): string[] {
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new UserError(ExitCode.cannotCreate, `${out}: cannot create it (${(error as Error).message})`, {
      cause: error,
    });
  }
  return [...files].map(([name, content]) => {
    const path = join(out, name);
    replaceFile(path, content);
    return path;
  });
}
