#!/usr/bin/env node
// Compiles the native engine: native/src -> native/build/irnn.node, with make and a C++ compiler, offline; not on Windows.
//
//   node scripts/build-native.mjs             as npm's install script: a failure is reported but is not an error
//   node scripts/build-native.mjs --required  a failure is an error (npm run build:native)
//
// CXX chooses the compiler. The full output is in native/build/build.log.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');
const addon = join(native, 'build', 'irnn.node');
const log = join(native, 'build', 'build.log');

const isWindows = process.platform === 'win32';
const reason = isWindows ? 'it is not for Windows' : upToDate() ? undefined : build();
if (reason !== undefined) {
  const advice = isWindows ? '' : '; install g++ and make, then `npm run build:native`';
  process.stderr.write(
    `irnn-run: the native engine was not built (${reason}): everything works, some two and a half times as slow${advice}\n`,
  );
  if (process.argv.includes('--required')) process.exitCode = 1;
}

/** The addon is newer than everything it is made from, and loads into this Node. */
function upToDate() {
  if (!existsSync(addon)) return false;
  const sources = readdirSync(join(native, 'src'), { recursive: true }).map((path) =>
    join(native, 'src', path),
  );
  const inputs = [join(native, 'Makefile'), ...sources];
  const built = statSync(addon).mtimeMs;
  return inputs.every((file) => statSync(file).mtimeMs < built) && loadFailure() === undefined;
}

/** Builds; returns what went wrong, if anything. */
function build() {
  const compiler = process.env.CXX || ['c++', 'g++', 'clang++'].find(runs);
  if (compiler === undefined) return 'no C++ compiler was found (c++, g++, clang++)';
  if (!runs('make')) return '`make` was not found';
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  const make = spawnSync(
    'make',
    ['-C', native, `-j${availableParallelism()}`, `CXX=${compiler}`, `NODE_HEADERS=${headers}`],
    { encoding: 'utf8' },
  );
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `${make.stdout ?? ''}${make.stderr ?? ''}`);
  if (make.status !== 0) return `\`${compiler}\` failed; see ${log}`;
  return loadFailure();
}

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function loadFailure() {
  try {
    createRequire(import.meta.url)(addon);
    return undefined;
  } catch (error) {
    return `the compiled addon does not load: ${error.message.split('\n')[0]}`;
  }
}
