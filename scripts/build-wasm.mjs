#!/usr/bin/env node
// Compiles the kernels to WebAssembly: native/src -> native/wasm/irnn.wasm, which is in git and in the package.
//
//   node scripts/build-wasm.mjs           (npm run build:wasm)
//   node scripts/build-wasm.mjs --check   compiles and compares: exit 1 when the file in git is another one
//
// Needs Debian 12's clang, lld, wasi-libc and libclang-rt-14-dev-wasm32. The same compiler makes the same bytes; with another
// version, --check says so and compares nothing (exit 0).
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = 'Debian clang version 14.0.6';
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(root, 'native', 'wasm', 'irnn.wasm');

const sources = [
  'isa/wasm.cc',
  'team/alone.cc',
  'interface/description.cc',
  'binding/addon.cc',
  'binding/allocation.cc',
];
const flags = [
  '--target=wasm32-wasi',
  '--sysroot=/usr',
  '-mexec-model=reactor',
  '-msimd128',
  '-mbulk-memory',
  // As in native/Makefile. There is no fused multiply-add to contract to.
  ...['-std=c++17', '-O3', '-Wall', '-Wextra', '-fno-exceptions', '-fno-rtti', '-fvisibility=hidden'],
  ...['-fno-threadsafe-statics', '-nostdlib++', '-ffp-contract=off'],
  // Addresses as they are written, a pointer and a number: V8 adds the number for nothing.
  ...['-mllvm', '-disable-lsr'],
  // The names of Node's interface become imports, see src/engines/wasm/napi.ts.
  ...['-DBUILDING_NODE_EXTENSION', '-Isrc', '-isystem', headers()],
  // A stack that grows into nothing traps; one of 1 MiB, since a description lies on it.
  '-Wl,-z,stack-size=1048576,--stack-first,--strip-all',
  '-Wl,--export=napi_register_wasm_v1,--export=malloc,--export=free,--export-table,--allow-undefined',
];

const check = process.argv.includes('--check');
const found = versionOf('clang++');
if (found === null || versionOf('wasm-ld') === null) {
  console.log('clang and lld are not there: `apt install clang lld wasi-libc libclang-rt-14-dev-wasm32`');
  process.exitCode = check ? 0 : 1;
} else if (check && !found.startsWith(COMPILER)) {
  console.log(`not compared: native/wasm/irnn.wasm is made by ${COMPILER}, this is ${found}`);
} else {
  build();
}

function build() {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-run-wasm-'));
  try {
    const made = join(folder, 'irnn.wasm');
    const args = [...flags, ...sources.map((source) => join('src', source)), '-o', made];
    const { status } = spawnSync('clang++', args, { cwd: join(root, 'native'), stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
    else if (!check) copyFileSync(made, file);
    else if (readFileSync(made).equals(readFileSync(file)))
      console.log('native/wasm/irnn.wasm is what native/src says');
    else {
      console.log('native/wasm/irnn.wasm is not what native/src says: run `npm run build:wasm`');
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** First line of `command --version`; null without the command. */
function versionOf(command) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : null;
}

function headers() {
  return createRequire(import.meta.url)('node-api-headers').include_dir;
}
