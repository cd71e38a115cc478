// Writes docs/config.md from config.schema.json: every key with its default, range, meaning and an example out of configs/.
// With --check: exit code 1 if the page is not what the schema says.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const page = 'docs/config.md';
const schema = JSON.parse(readFileSync('config.schema.json', 'utf8'));
const configs = readdirSync('configs', { recursive: true })
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('sweeps'))
  .sort()
  .map((file) => parse(readFileSync(join('configs', file), 'utf8')));

const top = Object.entries(schema.properties);
const text = `# Every key of a config

Made from the schema by \`node scripts/make-config-docs.mjs\`; editors read the same from [config.schema.json](../config.schema.json)
(\`irnn-run schema\`). A key that is not listed here is an error, with the line where it stands. \`irnn-run check FILE\` says whether a config is
valid, \`--dry-run\` prints it with every default filled in, \`--set training.batch=32\` changes a key from the shell.

${table(
  top.filter(([, value]) => isLeaf(value)),
  '',
  schema.required,
)}
${top
  .filter(([, value]) => !isLeaf(value))
  .map(([key, value]) => section(key, value, 2))
  .join('\n')}`.replace(/\n{3,}/g, '\n\n');

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error(`${page} is not what config.schema.json says: node scripts/make-config-docs.mjs`);
  process.exit(1);
}

/** The kinds of map that a value may be. */
function maps(value) {
  if (value.type === 'object') return [value];
  return (value.oneOf ?? value.anyOf ?? []).flatMap(maps);
}

function isLeaf(value) {
  return maps(value).length === 0;
}

function section(path, value, level) {
  const kinds = maps(value);
  const about = value.description ? `${value.description}\n\n` : '';
  const simple = simpleForms(value);
  const short =
    simple === ''
      ? ''
      : `Also: ${simple}.${'default' in value ? ` Default: ${code(value.default)}.` : ''}\n\n`;
  const body = kinds.map((kind) => {
    // What tells the kinds apart, if there are several.
    const by = kinds.length > 1 ? ['name', 'type'].find((key) => key in kind.properties) : undefined;
    const tags = by === undefined ? [] : [kind.properties[by].const ?? kind.properties[by].enum].flat();
    const heading =
      by === undefined
        ? ''
        : `${'#'.repeat(level + 1)} ${tags.map((tag) => `\`${path}.${by}: ${tag}\``).join(', ')}\n\n${kind.properties[by].description ?? ''}\n\n`;
    const keys = Object.entries(kind.properties).filter(([key]) => key !== by);
    const nested = keys
      .filter(([, inner]) => !isLeaf(inner))
      .map(([key, inner]) => section(`${path}.${key}`, inner, level + 1));
    return (
      heading +
      table(
        keys.filter(([, inner]) => isLeaf(inner)),
        path,
        kind.required,
        by,
        tags,
      ) +
      nested.join('')
    );
  });
  return `${'#'.repeat(level)} ${path}\n\n${about}${short}${body.join('\n')}\n`;
}

function table(keys, path, required = [], by, tags) {
  if (keys.length === 0) return '';
  const rows = keys.map(([key, value]) => {
    const full = path === '' ? key : `${path}.${key}`;
    const fallback = required.includes(key) ? 'required' : 'default' in value ? code(value.default) : '–';
    return `| \`${key}\` | ${fallback} | ${range(value)} | ${value.description ?? ''} | ${example(full, value, by, tags)} |`;
  });
  return `| key | default | allowed | what it is | example |\n|---|---|---|---|---|\n${rows.join('\n')}\n\n`;
}

function simpleForms(value) {
  return (value.anyOf ?? value.oneOf ?? []).filter(isLeaf).map(range).join(', ');
}

function range(value) {
  if (value.const !== undefined) return code(value.const);
  if (value.enum !== undefined) return value.enum.map(code).join(', ');
  if (value.anyOf !== undefined || value.oneOf !== undefined)
    return (value.anyOf ?? value.oneOf).map(range).join(' or ');
  if (value.type === 'array') return `list of ${range(value.items)}`;
  if (value.type !== 'integer' && value.type !== 'number')
    return { string: 'text', boolean: '`true`, `false`', null: '`null`' }[value.type] ?? '';
  const name = value.type === 'integer' ? 'whole number' : 'number';
  const low =
    value.exclusiveMinimum !== undefined
      ? `> ${number(value.exclusiveMinimum)}`
      : value.minimum !== undefined
        ? `≥ ${number(value.minimum)}`
        : '';
  const high =
    value.exclusiveMaximum !== undefined
      ? `< ${number(value.exclusiveMaximum)}`
      : value.maximum !== undefined
        ? `≤ ${number(value.maximum)}`
        : '';
  return [name, [low, high].filter(Boolean).join(', ')].filter(Boolean).join(' ');
}

function number(value) {
  return Math.abs(value) >= 1e13 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential().replace('e+', 'e')
    : value.toLocaleString('en', { maximumSignificantDigits: 15 });
}

/** The first value in configs/ that is not the default; else the default, or the smallest value allowed. */
function example(path, value, by, tags) {
  const keys = path.split('.');
  const parent = keys.slice(0, -1);
  const found = configs
    .filter((config) => by === undefined || tags.includes(at(config, parent)?.[by]))
    .map((config) => at(config, keys))
    .find((candidate) => candidate !== undefined && candidate !== value.default);
  const other =
    value.default ??
    value.enum?.[0] ??
    (value.anyOf ?? [value]).find(({ minimum }) => minimum !== undefined)?.minimum;
  const shown = found ?? other;
  return shown === undefined || shown === null ? '' : code(shown);
}

function at(config, keys) {
  return keys.reduce((value, key) => value?.[key], config);
}

function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value).replaceAll('|', '\\|')}\``;
}
