import { dirname, resolve } from 'node:path';
import { ExitCode, UserError } from '../support/errors.ts';
import { ConfigError, issueAt } from './config-error.ts';
import { found } from './expected.ts';
import type { Entry, Located, LocatedMap } from './located.ts';
import { type FileKind, parseMap, readText } from './read.ts';

/** A config is a page of text. */
const configFile: FileKind = { name: 'config', maxKiB: 64 };

const KEY = 'extends';

/**
 * A config file as written, on top of the config that it extends. Throws ConfigError for what is no map of keys, and for
 * parents that are missing or go round in a circle; UserError (66) if the file itself cannot be read.
 */
export function readConfigMap(file: string): LocatedMap {
  return onParent(parseMap(readText(file, configFile), file, configFile), file);
}

/** The same for a text; `label` is its file, or stands for it. */
export function parseConfigMap(text: string, label: string): LocatedMap {
  return onParent(parseMap(text, label, configFile), label);
}

/** `extends: ../other.yaml`, from the file's own folder: its keys count where this file says nothing else. */
function onParent(root: LocatedMap, file: string, children: readonly string[] = []): LocatedMap {
  const entry = root.entries.get(KEY);
  if (entry === undefined) return root;
  const { value } = entry;
  const complain = (message: string, hint: string | null = null) =>
    new ConfigError([issueAt(value.mark, [KEY], message, hint)]);
  if (value.kind !== 'scalar' || typeof value.value !== 'string' || value.value === '') {
    const example = 'one path, for example extends: adding-t150.yaml';
    throw complain(`extends: expected the path of one config, found ${found(value)}`, example);
  }
  const path = resolve(dirname(file), value.value);
  const chain = [...children, resolve(file)];
  if (chain.includes(path)) throw complain(`extends: ${path} extends itself`);
  const parent = onParent(readParent(path, complain), path, chain);
  const entries = new Map(root.entries);
  entries.delete(KEY);
  return mergeMaps(parent, { ...root, entries });
}

function readParent(path: string, complain: (message: string) => ConfigError): LocatedMap {
  try {
    return parseMap(readText(path, configFile), path, configFile);
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.missingInput) {
      throw complain(`extends: ${error.message}`);
    }
    throw error;
  }
}

/**
 * Maps are merged key by key, everything else is replaced. A map that names another kind of thing (`type: lstm` on top of
 * `type: irnn`, or another `name`) replaces the whole map, whose keys would mean nothing for it.
 */
function mergeMaps(below: LocatedMap, above: LocatedMap): LocatedMap {
  const entries = new Map(below.entries);
  for (const [key, entry] of above.entries) {
    const old = entries.get(key);
    if (old?.value.kind !== 'map' || entry.value.kind !== 'map' || isOtherKind(old.value, entry.value)) {
      entries.set(key, entry);
    } else entries.set(key, { key: entry.key, value: mergeMaps(old.value, entry.value) });
  }
  return { ...above, entries };
}

function isOtherKind(below: LocatedMap, above: LocatedMap): boolean {
  return ['type', 'name'].some((key) => {
    const [old, now] = [scalarOf(below.entries.get(key)), scalarOf(above.entries.get(key))];
    return now !== undefined && old !== undefined && now !== old;
  });
}

function scalarOf(entry: Entry | undefined): unknown {
  const value: Located | undefined = entry?.value;
  return value?.kind === 'scalar' ? value.value : undefined;
}
