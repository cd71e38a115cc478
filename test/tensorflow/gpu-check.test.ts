/** The scripts for the owner of a GPU, as far as they can be run without one, and without a network. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { binding } from './engine.ts';

const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(program, args, { encoding: 'utf8', env });
const gpuCheck = (...args: string[]) => start(process.execPath, ['scripts/gpu-check.mjs', ...args]);

/** A stand-in for the program that asks cuDNN: says something and ends with a status. */
function layoutProgram(status: number, text: string): string {
  const path = join(temporaryFolder(), 'layout');
  writeFileSync(path, `#!/bin/sh\ncat > /dev/null\necho "${text} $*"\nexit ${status}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('gpu-check', () => {
  test.each([
    [['--check-only'], "Unknown option '--check-only'"],
    [['--device', 'gpu'], '--device is cuda or cpu, not gpu'],
  ])('refuses %j', (args, said) => {
    const { status, stderr } = gpuCheck(...args);
    expect(stderr).toContain(said);
    expect(status).toBe(64);
  });

  test.skipIf(binding?.isUsingGpuDevice())('says why there is nothing to check', () => {
    const { status, stderr } = gpuCheck();
    expect(stderr).toMatch(/the tensorflow engine is not available: |engine\.device is cuda, but /);
    expect(stderr).toMatch(/\nFAIL\n$/);
    expect(status).toBe(69);
  });

  test.skipIf(binding === null)(
    'all checks pass on a CPU, and weights that are elsewhere in cuDNN fail it',
    () => {
      const { status, stdout } = gpuCheck(
        '--device',
        'cpu',
        '--checks-only',
        '--layout',
        layoutProgram(1, 'FAIL elsewhere'),
      );
      const lines = stdout.split('\n');
      expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([
        'FAIL elsewhere --without-gpu',
        'FAIL: 1 of the checks above',
      ]);
      expect(lines.filter((line) => line.startsWith('ok  '))).toHaveLength(66);
      expect(lines.filter((line) => /: 3 of 3$/.test(line))).toHaveLength(6);
      expect(status).toBe(1);
    },
    180_000,
  );
});

describe('what the program that asks cuDNN has said', async () => {
  const { askCudnn } = (await import('../../scripts/gpu-check-layout.mjs' as string)) as {
    askCudnn(program: string, device: string): { ok: boolean | null; text: string };
  };
  test.each([
    ['cuda', 0, 'ok   all', { ok: true, text: 'all' }],
    ['cuda', 1, 'FAIL one', { ok: false, text: 'one' }],
    ['cpu', 69, 'no cuDNN', { ok: null, text: 'not asked: no cuDNN --without-gpu' }],
    ['cuda', 69, 'no GPU', { ok: false, text: expect.stringMatching(/could not be asked .*69\): no GPU$/) }],
    ['cpu', 64, 'odd', { ok: false, text: expect.stringContaining('exit status 64') }],
  ])('%s, exit status %i', (device, status, text, expected) => {
    expect(askCudnn(layoutProgram(status, text), device)).toEqual(expected);
  });

  test('it does not start', () => {
    expect(askCudnn('/no/such/program', 'cpu')).toMatchObject({ ok: false });
  });
});

test('tensorflow-on-gpu.sh prints sizes before it downloads, and with --dry-run does nothing else', () => {
  const { status, stdout } = start('scripts/tensorflow-on-gpu.sh', ['--dry-run'], {
    ...process.env,
    https_proxy: 'http://127.0.0.1:9',
    npm_config_offline: 'true',
  });
  const rows = [...stdout.matchAll(/^ {2}(\S+) +(\d+) +(\d+)$/gm)].map(([, name, packed, disk]) => ({
    name,
    packed: Number(packed),
    disk: Number(disk),
  }));
  const total = rows.pop()!;
  expect(rows.map(({ name }) => name)).toContain('tensorflow==2.21.0');
  expect(total).toEqual({
    name: 'together',
    packed: rows.reduce((sum, row) => sum + row.packed, 0),
    disk: rows.reduce((sum, row) => sum + row.disk, 0),
  });
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^6000 MB are needed while it unpacks; \d+ MB are free/);
  expect(status).toBe(0);
  const wrong = start('scripts/tensorflow-on-gpu.sh', ['--dry']);
  expect(wrong.stderr).toContain('unknown option --dry');
  expect(wrong.status).toBe(64);
});

describe('the bundle', () => {
  const script = 'scripts/gpu-check-bundle.sh';

  test('needs the libraries', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'scripts'));
    cpSync(script, join(folder, script));
    const { status, stderr } = start(join(folder, script), ['--bundle', join(folder, 'b')]);
    expect(stderr).toContain('run scripts/tensorflow-on-gpu.sh first');
    expect(status).toBe(66);
    expect(start(script, ['--bundle', 'b', 'sm_90']).status).toBe(64);
  });

  test('unpacks, and names a piece that is damaged or missing', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'bundle');
    mkdirSync(join(folder, 'made'));
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    writeFileSync(join(folder, 'made', 'run'), content);
    const made = start('bash', [
      '-c',
      `cd ${folder} && tar c -C made . | python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.compress(sys.stdin.buffer.read(), preset=0))' | split -b 1000 -d -a 2 - bundle. && sha256sum bundle.?? > bundle.sha256`,
    ]);
    expect(made.stderr).toBe('');
    const target = join(folder, 'target');
    const unpacked = start('scripts/gpu-check.sh', ['--unbundle', file, target]);
    expect(unpacked).toMatchObject({ status: 0, stdout: `now: ${target}/run\n` });
    expect(readFileSync(join(target, 'run')).equals(content)).toBe(true);

    writeFileSync(`${file}.00`, 'damaged');
    const damaged = start(script, ['--unbundle', file, target]);
    expect(damaged.stdout + damaged.stderr).toContain('bundle.00: FAILED');
    expect(damaged.status).toBe(65);
    rmSync(`${file}.00`);
    expect(start(script, ['--unbundle', file, target]).stderr).toContain('bundle.00');
    expect(start(script, ['--unbundle', join(folder, 'other'), target]).status).toBe(66);
  });

  test('code for other GPUs becomes zeros, nothing moves', () => {
    const folder = temporaryFolder();
    const [PTX, MACHINE] = [1, 2];
    // Machine code for 80, 86 and 90, PTX for 90; then a container without any for 9.x.
    const containers = [
      [MACHINE, 80, MACHINE, 86, MACHINE, 90, PTX, 90],
      [MACHINE, 80, PTX, 75],
    ];
    const code = (kind: number, architecture: number) => Buffer.alloc(24, 100 * kind + architecture);
    const section = containers.map((pairs) => {
      const entries = [];
      for (let i = 0; i < pairs.length; i += 2) {
        const header = Buffer.alloc(32);
        header.writeUInt16LE(pairs[i]!, 0);
        header.writeUInt32LE(32, 4);
        header.writeBigUInt64LE(24n, 8);
        header.writeUInt32LE(pairs[i + 1]!, 28);
        entries.push(header, code(pairs[i]!, pairs[i + 1]!));
      }
      const body = Buffer.concat(entries);
      const header = Buffer.alloc(16);
      header.writeUInt32LE(0xba55ed50, 0);
      header.writeUInt16LE(16, 6);
      header.writeBigUInt64LE(BigInt(body.length), 8);
      return Buffer.concat([header, body]);
    });
    writeFileSync(join(folder, 'fatbin'), Buffer.concat([section[0]!, Buffer.alloc(16), section[1]!]));
    const [source, target] = [join(folder, 'lib.so'), join(folder, 'pruned.so')];
    writeFileSync(
      join(folder, 'lib.s'),
      `.section .nv_fatbin, "a"\n.balign 8\n.incbin "${join(folder, 'fatbin')}"\n`,
    );
    const compiled = start('gcc', ['-shared', '-nostdlib', '-o', source, join(folder, 'lib.s')]);
    expect(compiled.stderr).toBe('');
    const pruned = start('python3', ['scripts/gpu-check-prune.py', source, target, '90']);
    expect(pruned.stderr).toBe('');
    const [before, after] = [readFileSync(source), readFileSync(target)];
    expect(after.length).toBe(before.length);
    const kept = (kind: number, architecture: number) => after.includes(code(kind, architecture));
    expect([kept(MACHINE, 90), kept(PTX, 75)]).toEqual([true, true]);
    expect([kept(MACHINE, 80), kept(MACHINE, 86), kept(PTX, 90)]).toEqual([false, false, false]);
    const changed = before.reduce((sum, byte, i) => sum + (byte === after[i] ? 0 : 1), 0);
    expect(changed).toBe(4 * 24);
  });
});
