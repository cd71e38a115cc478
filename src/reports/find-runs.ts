import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, UserError } from '../support/errors.ts';
import { isRunDirectory } from '../training/run-directory.ts';
import { type RunRecord, readRun } from './run-record.ts';

/** Folders of folders of runs, as in results/paper/figure-2/<run>, and one more. */
const DEPTH = 4;

/**
 * Reads every run under the folders, which may be run directories themselves, by name. Of two copies of a run
 * the one that got further counts. `warn` hears about runs whose files are damaged; they are left out.
 * Throws UserError (66) if a folder is not there.
 */
export function findRunRecords(folders: readonly string[], warn: (message: string) => void): RunRecord[] {
  const records = new Map<string, RunRecord>();
  const directories = folders.flatMap((folder) => [...foldersIn(folder)].filter(isRunDirectory));
  for (const directory of directories) {
    const record = tryRead(directory, warn);
    if (record === null) continue;
    const known = records.get(record.name);
    if (known === undefined || known.lastStep < record.lastStep) records.set(record.name, record);
  }
  return [...records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function requireFolder(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new UserError(ExitCode.missingInput, `${folder}: no such folder`);
}

/** Every folder that may hold runs, with those that are runs. Throws UserError (66) if the outermost is not there. */
export function* foldersIn(folder: string, depth = DEPTH): Generator<string> {
  yield requireFolder(folder);
  if (depth === 0 || isRunDirectory(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const skip = !entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules';
    if (!skip) yield* foldersIn(join(folder, entry.name), depth - 1);
  }
}

function tryRead(directory: string, warn: (message: string) => void): RunRecord | null {
  try {
    return readRun(directory);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    warn(`${error.message}; left out of the report`);
    return null;
  }
}
