#!/usr/bin/env node
// Puts the playground together: playground/ and native/wasm/irnn.wasm -> docs/playground/index.html, which is in git: one file
// that opens from disk.
//
//   node scripts/build-playground.mjs           (npm run build:playground)
//   node scripts/build-playground.mjs --check   builds and compares: exit 1 when the file in git is another one
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const MOST_BYTES = 1_500_000;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...path) => readFileSync(join(root, ...path));
const file = join(root, 'docs', 'playground', 'index.html');

const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
const parts = {
  style: [
    readFileSync(join(uplot, 'uPlot.min.css'), 'utf8'),
    read('assets', 'page', 'page.css'),
    read('playground', 'page.css'),
  ].join('\n'),
  wasm: read('native', 'wasm', 'irnn.wasm').toString('base64'),
  clipboard: inScript(read('assets', 'page', 'clipboard.js').toString()),
  worker: inScript(await bundle('worker.ts')),
  script: inScript(await bundle('main.ts')),
};
const page = read('playground', 'page.html')
  .toString()
  .replaceAll(/\/\* \{\{(\w+)\}\} \*\/|\{\{(\w+)\}\}/g, (_, code, text) => parts[code ?? text]);

const bytes = Buffer.byteLength(page);
if (bytes > MOST_BYTES) {
  console.log(`the page has ${bytes} bytes, more than ${MOST_BYTES}`);
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  console.log(`docs/playground/index.html: ${bytes} bytes`);
} else if (readFileSync(file, 'utf8') === page) {
  console.log('docs/playground/index.html is what playground/ says');
} else {
  console.log('docs/playground/index.html is not what playground/ says: run `npm run build:playground`');
  process.exitCode = 1;
}

/** A module of playground/ and all that it imports, as one script. */
async function bundle(name) {
  const build = await rolldown({
    cwd: root,
    input: join(root, 'playground', name),
    platform: 'browser',
    moduleTypes: { '.csv': 'text' },
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: 'iife', minify: true });
  await build.close();
  return output[0].code;
}

function inScript(code) {
  return code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}
