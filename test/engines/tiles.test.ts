/** The tile unit's emulation and the splitting of floats, by a program of their own: tiles.cpp. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('tiles.cpp', import.meta.url));
const headers = fileURLToPath(new URL('../../native/src', import.meta.url));

it.skipIf(process.arch !== 'x64')('computes what the manual says, to the bit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-tiles-'));
  try {
    const program = join(folder, 'tiles');
    const flags = [
      '-std=c++17',
      '-O1',
      '-Wall',
      '-Wextra',
      '-ffp-contract=off',
      '-Wno-psabi',
      `-I${headers}`,
    ];
    const compiled = spawnSync(process.env.CXX || 'g++', [...flags, source, '-o', program], {
      encoding: 'utf8',
    });
    expect(compiled).toMatchObject({ status: 0, stderr: '' });
    const lines = spawnSync(program, { encoding: 'utf8' }).stdout.trim().split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'plain: 0 of 102400 differ',
        'split: 0 of 100000 lost bits, 0 were far',
        'turn: 0 of 256 differ',
      ]),
    );
    const products = lines.filter((line) => line.includes('of 102400'));
    expect(products.every((line) => line.endsWith(': 0 of 102400 differ'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
