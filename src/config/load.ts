import { ConfigError, issueAt } from './config-error.ts';
import { crossCheck, type Sections } from './cross-checks.ts';
import { placeData } from './data-base.ts';
import { explain } from './explain.ts';
import { parseConfigMap, readConfigMap } from './extends.ts';
import { configJsonSchema } from './json-schema.ts';
import { entryAt, type LocatedMap, toPlain } from './located.ts';
import { applyOverrides, type Overrides } from './overrides.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * Reads, overrides and validates a config file, and fills in every default.
 *
 * Throws ConfigError (78) with everything that is wrong with the config, and UserError: 66 for a file that
 * cannot be read, 64 for an override that is not `key=value`.
 */
export function loadConfig(file: string, overrides: Overrides = {}): Config {
  return finish(readConfigMap(file), file, overrides);
}

/** The same for a text; `label` stands for the file's name in errors. */
export function parseConfig(text: string, label: string, overrides: Overrides = {}): Config {
  return finish(parseConfigMap(text, label), label, overrides);
}

function finish(root: LocatedMap, label: string, overrides: Overrides): Config {
  const base = entryAt(root, ['base']);
  if (base !== undefined) {
    const hint = `its runs are listed by: irnn-run sweep ${label} --dry-run`;
    throw new ConfigError([issueAt(base.key, ['base'], 'this is a sweep, not a config', hint)]);
  }
  applyOverrides(root, overrides);
  return validateConfig(root);
}

/** The config that was written, with every default filled in, and the folder of its data. Throws ConfigError with everything that is wrong with it. */
export function validateConfig(root: LocatedMap): Config {
  const plain = toPlain(root);
  const parsed = configSchema.safeParse(plain);
  const issues = parsed.success ? [] : explain(parsed.error.issues, root, configJsonSchema());
  const sections = parsed.success ? parsed.data : validSections(plain);
  for (const { path, message, hint } of crossCheck(sections, (path) => entryAt(root, path) !== undefined)) {
    const mark = entryAt(root, path)?.value.mark ?? entryAt(root, path.slice(0, 1))?.key ?? root.mark;
    issues.push(issueAt(mark, path, message, hint ?? null));
  }
  if (issues.length > 0 || !parsed.success) throw new ConfigError(issues);
  return placeData(parsed.data, root);
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
