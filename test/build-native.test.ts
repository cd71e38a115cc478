import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { native as nativeRoom } from '../src/engines/native/engine.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A copy of what the install script needs, on a machine that has node and the given programs and nothing else. */
function install(programs: Record<string, string>, ...argv: string[]) {
  const folder = temporaryFolder();
  for (const part of ['scripts', 'native/src', 'native/Makefile']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, 'path');
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, 'node'));
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(path, name), script, { mode: 0o755 });
  const { status, stderr } = spawnSync('node', [join(folder, 'scripts/build-native.mjs'), ...argv], {
    encoding: 'utf8',
    env: { PATH: path },
  });
  return { status, stderr, built: existsSync(join(folder, 'native/build/irnn.node')) };
}

const works = '#!/bin/sh\nexit 0\n';
const fails = '#!/bin/sh\n[ "$1" = --version ]\n';

describe('the install script', () => {
  it.each([
    ['there is no compiler', { make: works }, /no C\+\+ compiler was found/],
    ['there is no make', { 'g++': works }, /`make` was not found/],
    ['compiling fails', { 'g++': works, make: fails }, /failed; see .*build\.log/],
  ])('succeeds and says once what to do when %s', (_, programs, message) => {
    const { status, stderr, built } = install(programs);
    expect({ status, built }).toEqual({ status: 0, built: false });
    expect(stderr).toMatch(message);
    expect(stderr.match(/native engine was not built/g)).toHaveLength(1);
    expect(stderr).toMatch(
      /everything works, .*as slow; install g\+\+ and make, then `npm run build:native`/,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('fails with --required', () => {
    expect(install({}, '--required').status).toBe(1);
  });
});

describe('make', () => {
  /** What would be compiled if this source had just changed. */
  function compiledFor(source: string): string[] {
    const make = spawnSync('make', ['-n', '-C', 'native', '-W', source, 'NODE_HEADERS=/nowhere'], {
      cwd: root,
      encoding: 'utf8',
    });
    return [...make.stdout.matchAll(/ -c (\S+) /g)].map((match) => match[1]!).sort();
  }

  it('compiles what includes a changed file, and nothing else', () => {
    const binding = 'src/binding/addon.cc';
    const description = 'src/interface/description.cc';
    const team = 'src/team/team.cc';
    const sets = nativeRoom.kernels().map(({ instructionSet }) => instructionSet);
    const compiled = compiledFor('src/kernels/panel.hpp');
    expect(compiled).toEqual(expect.arrayContaining(sets.map((set) => `src/isa/${set}.cc`)));
    for (const source of [binding, description, team]) expect(compiled).not.toContain(source);
    expect(compiledFor('src/binding/call.hpp')).toEqual([binding]);
    expect(compiledFor('src/team/denormals.hpp')).toEqual([binding, team]);
    expect(compiledFor('src/interface/description.def')).toEqual([...compiled, binding, description].sort());
  });
});

describe('the rooms of native/src', () => {
  const rooms = ['interface', 'kernels', 'team', 'network', 'isa', 'binding'];
  const sources = readdirSync(join(root, 'native/src'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  );

  it('include only what stands before them in native/README.md', () => {
    const readme = readFileSync(join(root, 'native/README.md'), 'utf8');
    expect([...readme.matchAll(/^\*\*\d\. `(\w+)\/`/gm)].map((match) => match[1])).toEqual(rooms);
    for (const { parentPath, name } of sources) {
      const room = rooms.indexOf(basename(parentPath));
      const text = readFileSync(join(parentPath, name), 'utf8');
      for (const [, included] of text.matchAll(/#include "(\w+)\//g)) {
        expect(rooms.indexOf(included!), `${name} includes ${included}/`).toBeLessThanOrEqual(room);
        expect(rooms, `${name} includes ${included}/`).toContain(included);
      }
    }
  });

  it('have every file named in native/README.md', () => {
    const readme = readFileSync(join(root, 'native/README.md'), 'utf8');
    for (const { name } of sources) expect(readme, name).toContain(`\`${name}\``);
  });
});

describe('the packed tarball', () => {
  it('holds every source of the native engine, and nothing that this machine made of them', () => {
    const pack = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const packed: { path: string }[] = JSON.parse(pack.stdout)[0].files;
    const native = packed.map(({ path }) => path).filter((path) => path.startsWith('native/'));
    const sources = readdirSync(join(root, 'native/src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
    expect(native.sort()).toEqual(
      ['native/Makefile', 'native/README.md', 'native/wasm/irnn.wasm', ...sources].sort(),
    );
  });
});
