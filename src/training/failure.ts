import { mkdirSync } from 'node:fs';
import { z } from 'zod';
import { replaceFile } from '../support/atomic-file.ts';
import { readJsonFile } from '../support/json-file.ts';
import { runPaths } from './run-directory.ts';

/** FAILED.json: why the last attempt at a run ended without a result. The next attempt removes it. */
export interface Failure {
  /** The exit code, or the name of the signal that ended the process. */
  readonly exit: number | string;
  readonly cause: string;
  /** Where the process's output is; null if nobody kept it. */
  readonly log: string | null;
}

const shape = z.looseObject({
  exit: z.union([z.number(), z.string()]),
  cause: z.string(),
  log: z.string().nullable(),
});

/** Null if the last attempt did not fail. Throws UserError (65) if the file is damaged. */
export function readFailure(directory: string): Failure | null {
  return readJsonFile<Failure>(runPaths(directory).failed, shape);
}

/** Records a failure, if need be in a new directory: a run can fail before it has one. */
export function writeFailure(directory: string, failure: Failure): void {
  mkdirSync(directory, { recursive: true });
  replaceFile(runPaths(directory).failed, `${JSON.stringify(failure, null, 2)}\n`);
}
