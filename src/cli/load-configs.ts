import { ConfigError, type ConfigIssue } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Overrides } from '../config/overrides.ts';
import type { Config } from '../config/schema.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { findInput } from './inputs.ts';

/** A file that was asked for: its config, or what is wrong. */
export type Loaded =
  | { readonly file: string; readonly config: Config }
  | { readonly file: string; readonly config: null; readonly error: UserError };

/** Loads every config, whatever is wrong with others. Throws UserError (64) for an override that is wrong by itself. */
export function loadEach(files: readonly string[], overrides: Overrides): Loaded[] {
  return files.map((file) => {
    try {
      return { file, config: loadConfig(findInput(file, 'config'), overrides) };
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode === ExitCode.usage) throw error;
      return { file, config: null, error };
    }
  });
}

/**
 * Throws one UserError for all files that are not right: 78 if any config is bad, else that of the first failure, such as 66 for a file that could not be read. The same
 * flag is wrong for every file in the same words, which are said once.
 */
export function assertLoaded(loaded: readonly Loaded[]): void {
  const errors = loaded.flatMap((one) => (one.config === null ? [one.error] : []));
  if (errors.length === 0) return;
  const worst = errors.find(({ exitCode }) => exitCode === ExitCode.badConfig) ?? errors[0]!;
  const messages = new Set(errors.map(({ message }) => message));
  throw errors.length === 1 ? worst : new UserError(worst.exitCode, [...messages].join('\n'));
}

/** Every config of a command that needs them all. Throws like `assertLoaded`, with everything that is wrong with any of them. */
export function loadAll(files: readonly string[], overrides: Overrides): Config[] {
  const loaded = loadEach(files, overrides);
  assertLoaded(loaded);
  return loaded.map(({ config }) => config!);
}

/** The mistakes in a config; none for a failure that is not about its contents, such as a missing file. */
export function issuesOf(error: UserError): readonly ConfigIssue[] {
  return error instanceof ConfigError ? error.issues : [];
}
