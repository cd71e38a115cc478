#!/usr/bin/env node
// Puts each library that almost every start of the program reads into one file, dist/libraries/, and has dist/ import it from there: to
// find and read dozens of files takes longer than to run them (docs/decisions/0015-libraries-in-one-file.md). Without this step
// the program is the same and starts later.
//
//   node scripts/bundle-libraries.mjs       (the end of npm run build)
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const libraries = { 'yargs/yargs': 'yargs.js', zod: 'zod.js', yaml: 'yaml.js' };
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const folder = join(dist, 'libraries');
const importing = /(from |import\()'([^']+)'/g;
const importingNames = /^import (?:(\w+)|\{([^}]*)\}) from '([^']+)'/gm;

const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js') && !name.startsWith('libraries'))
  .map((name) => join(dist, name));
const used = usedNames();
const licences = new Map();
mkdirSync(folder, { recursive: true });
for (const [library, file] of Object.entries(libraries))
  writeFileSync(join(folder, file), await bundle(library));
writeFileSync(join(folder, 'LICENCES'), [...licences.values()].sort().join('\n'));
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const changed = text.replaceAll(importing, (whole, before, path) => {
    if (!Object.hasOwn(libraries, path)) return whole;
    const target = slashes(relative(dirname(file), join(folder, libraries[path])));
    return `${before}'${target.startsWith('.') ? target : `./${target}`}'`;
  });
  if (changed !== text) writeFileSync(file, changed);
}

/** What dist/ imports from each library, or has imported since this step was there before. */
function usedNames() {
  const names = Object.fromEntries(Object.keys(libraries).map((library) => [library, new Set()]));
  for (const file of files) {
    for (const [, whole, some, path] of readFileSync(file, 'utf8').matchAll(importingNames)) {
      const library = Object.keys(libraries).find(
        (name) => path === name || path.endsWith(`libraries/${libraries[name]}`),
      );
      if (library === undefined) continue;
      const parts = whole === undefined ? some.split(',') : ['default'];
      for (const part of parts) if (part.trim() !== '') names[library].add(part.trim().split(' ')[0]);
    }
  }
  return names;
}

/** A library and all that it needs, as one module. */
async function bundle(library) {
  const entry = 'irnn-run:entry';
  const build = await rolldown({
    cwd: root,
    input: entry,
    platform: 'node',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : null),
        load(id) {
          if (id === entry) return `export { ${[...used[library]].sort().join(', ')} } from '${library}';`;
          // Messages in sixty languages, of which the program says none.
          return /zod\/v4\/locales\/index\.js$/.test(slashes(id)) ? 'export {};' : null;
        },
      },
    ],
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    minify: true,
    banner: `// ${library} and what it needs, by scripts/bundle-libraries.mjs; LICENCES says whose it is.\nconst __dirname = import.meta.dirname;`,
  });
  await build.close();
  for (const id of output[0].moduleIds) keepLicence(id);
  return output[0].code;
}

/** The licence of the package that a file belongs to. */
function keepLicence(file) {
  const [, where] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(slashes(file)) ?? [];
  if (where === undefined || licences.has(where)) return;
  const { name, version, license } = JSON.parse(readFileSync(join(where, 'package.json'), 'utf8'));
  const notice = readdirSync(where).find((entry) => /^licen[cs]e/i.test(entry));
  const text = notice === undefined ? '' : readFileSync(join(where, notice), 'utf8');
  licences.set(where, `${name} ${version} (${license})\n\n${text.trim()}\n\n`);
}

/** A path as Windows does not write it, and imports want it. */
function slashes(path) {
  return path.replaceAll('\\', '/');
}
