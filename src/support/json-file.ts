import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ExitCode, UserError } from './errors.ts';
import { sha256Of } from './file-bytes.ts';
import { readRegular } from './regular-file.ts';

const RESTORE = 'restore it or start over with --fresh';

/**
 * A JSON file of our own making; null if it is not there. Throws UserError (65) if it is damaged: not JSON, not of this
 * shape, or not what its seal says.
 */
export function readJsonFile<T>(path: string, shape: z.ZodType, advice = RESTORE): T | null {
  if (!existsSync(path)) return null;
  const damaged = (why: string) => new UserError(ExitCode.badData, `${path}: damaged (${why}); ${advice}`);
  let value: unknown;
  try {
    value = JSON.parse(readRegular(path).toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(error.message);
    throw error;
  }
  const { error } = shape.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (issue !== undefined) throw damaged([issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  const seal = (value as { sha256?: unknown }).sha256;
  if (seal !== undefined && seal !== sealOf(value as object)) throw damaged('its checksum does not match');
  return value as T;
}

/** The value with a checksum of itself, which `readJsonFile` checks. */
export function sealed<T extends object>(value: T): T & { sha256: string } {
  return { ...value, sha256: sealOf(value) };
}

/** The seal as a key of a file's shape. */
export const sealShape = z.string().length(64);

function sealOf(value: object): string {
  const { sha256: _, ...rest } = value as { sha256?: unknown };
  return sha256Of([Buffer.from(JSON.stringify(rest))]);
}
