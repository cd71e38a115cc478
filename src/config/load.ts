import { closeSync, openSync, readSync } from 'node:fs';
import { ExitCode, UserError } from '../support/errors.ts';
import { ConfigError, issueAt } from './config-error.ts';
import { crossCheck, type Sections } from './cross-checks.ts';
import { found } from './expected.ts';
import { explain } from './explain.ts';
import { entryAt, type LocatedMap, type Source, toPlain } from './located.ts';
import { applyOverrides, type Overrides } from './overrides.ts';
import { parseYaml } from './parse-yaml.ts';
import { type Config, configSchema } from './schema.ts';

/** A config is a page of text; parsing a large map takes time quadratic in its size. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads, overrides and validates a config file, and fills in every default.
 *
 * Throws ConfigError (78) with everything that is wrong with the config, and UserError: 66 for a file that
 * cannot be read, 64 for an override that is not `key=value`.
 */
export function loadConfig(file: string, overrides: Overrides = {}): Config {
  return parseConfig(readText(file), file, overrides);
}

/** The same for a text; `label` stands for the file's name in errors. */
export function parseConfig(text: string, label: string, overrides: Overrides = {}): Config {
  const source: Source = { label, text, kind: 'file' };
  if (Buffer.byteLength(text) > MAX_BYTES) throw tooLarge({ ...source, text: '' });
  const start = { source, start: 0, end: 0 };
  const root = parseYaml(source);
  if (root === null) throw new ConfigError([issueAt(start, [], 'the config is empty')]);
  if (root.kind !== 'map') {
    throw new ConfigError([issueAt(root.mark, [], `a config is a map of keys, found ${found(root)}`)]);
  }
  applyOverrides(root, overrides);
  return validate(root);
}

function validate(root: LocatedMap): Config {
  const plain = toPlain(root);
  const parsed = configSchema.safeParse(plain);
  const issues = parsed.success ? [] : explain(parsed.error.issues, root);
  const sections = parsed.success ? parsed.data : validSections(plain);
  for (const { path, message, hint } of crossCheck(sections, (path) => entryAt(root, path) !== undefined)) {
    const mark = entryAt(root, path)?.value.mark ?? entryAt(root, path.slice(0, 1))?.key ?? root.mark;
    issues.push(issueAt(mark, path, message, hint ?? null));
  }
  if (issues.length > 0 || !parsed.success) throw new ConfigError(issues);
  return parsed.data;
}

/** The sections without a mistake of their own, so that contradictions among them are reported in the same go. */
function validSections(plain: unknown): Sections {
  const sections: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    const parsed = schema.safeParse((plain as Record<string, unknown>)[key]);
    if (parsed.success) sections[key] = parsed.data;
  }
  return sections as Sections;
}

/** Reads no more than the limit, whatever the path leads to. */
function readText(file: string): string {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  try {
    const descriptor = openSync(file, 'r');
    try {
      for (let bytes = -1; bytes !== 0 && length < buffer.length; length += bytes) {
        bytes = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new UserError(ExitCode.missingInput, `${file}: ${readFailure(error)}`, { cause: error });
  }
  if (length > MAX_BYTES) throw tooLarge({ label: file, text: '', kind: 'file' });
  return decode(buffer.subarray(0, length), file);
}

function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such config file';
  if (code === 'EISDIR') return 'is a directory, expected a config file';
  if (code === 'EACCES') return 'no permission to read it';
  return error instanceof Error ? error.message : String(error);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder().decode(bytes);
    const start = Math.max(0, text.indexOf('\ufffd'));
    const mark = { source: { label: file, text, kind: 'file' }, start, end: start + 1 } as const;
    throw new ConfigError([issueAt(mark, [], 'not UTF-8 text', 'save the file with the encoding UTF-8')]);
  }
}

function tooLarge(source: Source): ConfigError {
  const message = `larger than ${MAX_BYTES / 1024} KiB, which no config needs`;
  return new ConfigError([issueAt({ source, start: 0, end: 0 }, [], message)]);
}
