import { closeSync, openSync } from 'node:fs';
import { ExitCode, UserError } from '../support/errors.ts';
import { readSome, STDIN } from '../support/stdin.ts';
import { ConfigError, issueAt } from './config-error.ts';
import { found } from './expected.ts';
import type { LocatedMap, Source } from './located.ts';
import { parseYaml } from './parse-yaml.ts';

/** What a file is called in messages, and the most it may hold: parsing a large map takes time quadratic in its size. */
export interface FileKind {
  readonly name: string;
  readonly maxKiB: number;
}

/** The map of keys that a text is. Throws ConfigError; `label` stands for the file's name in it. */
export function parseMap(text: string, label: string, kind: FileKind): LocatedMap {
  const source: Source = { label, text, kind: 'file' };
  if (Buffer.byteLength(text) > kind.maxKiB * 1024) throw tooLarge(label, kind);
  const start = { source, start: 0, end: 0 };
  const root = parseYaml(source);
  if (root === null) throw new ConfigError([issueAt(start, [], `the ${kind.name} is empty`)]);
  if (root.kind !== 'map') {
    throw new ConfigError([issueAt(root.mark, [], `a ${kind.name} is a map of keys, found ${found(root)}`)]);
  }
  return root;
}

/**
 * The text of a file; no more than the limit is read, whatever the path leads to.
 * Throws UserError (66) if it cannot be read, ConfigError if it is too large or no UTF-8.
 */
export function readText(file: string, kind: FileKind): string {
  const limit = kind.maxKiB * 1024;
  const buffer = Buffer.alloc(limit + 1);
  let length = 0;
  try {
    // Standard input is open already, and may be a socket, which has no path.
    const descriptor = file === STDIN ? 0 : openSync(file, 'r');
    try {
      for (let bytes = -1; bytes !== 0 && length < buffer.length; length += bytes) {
        bytes = readSome(descriptor, buffer, length);
      }
    } finally {
      if (descriptor !== 0) closeSync(descriptor);
    }
  } catch (error) {
    throw new UserError(ExitCode.missingInput, `${file}: ${readFailure(error, kind)}`, { cause: error });
  }
  if (length > limit) throw tooLarge(file, kind);
  return decode(buffer.subarray(0, length), file);
}

function readFailure(error: unknown, { name }: FileKind): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return `no such ${name} file`;
  if (code === 'EISDIR') return `is a directory, expected a ${name} file`;
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

function tooLarge(label: string, { name, maxKiB }: FileKind): ConfigError {
  const source: Source = { label, text: '', kind: 'file' };
  const message = `larger than ${maxKiB} KiB, which no ${name} needs`;
  return new ConfigError([issueAt({ source, start: 0, end: 0 }, [], message)]);
}
