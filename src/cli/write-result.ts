import { extname } from 'node:path';
import { replaceFile } from '../support/atomic-file.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { Prediction } from '../training/predict.ts';

/** Throws UserError (64) for a name that does not say which format it is to have: before the model is run. */
export function requirePredictionsFile(path: string): void {
  if (['.csv', '.jsonl'].includes(extname(path))) return;
  throw new UserError(ExitCode.usage, `--predictions: expected FILE.csv or FILE.jsonl, found ${path}`);
}

/** Throws UserError (73) if the file cannot be written. */
export function writePredictions(path: string, rows: readonly Prediction[]): void {
  const columns = Object.keys(rows[0] ?? {}) as (keyof Prediction)[];
  const lines =
    extname(path) === '.jsonl'
      ? rows.map((row) => JSON.stringify(row))
      : [columns.join(','), ...rows.map((row) => columns.map((column) => row[column]).join(','))];
  writeResult(path, lines.map((line) => `${line}\n`).join(''));
}

/** Writes a file that was asked for. Throws UserError (73) if it cannot be. */
export function writeResult(path: string, content: string | Uint8Array[]): void {
  try {
    replaceFile(path, content);
  } catch (error) {
    throw new UserError(ExitCode.cannotCreate, `${path}: cannot write it (${(error as Error).message})`, {
      cause: error,
    });
  }
}
