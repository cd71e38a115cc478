import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { onlyRun, program } from './program.ts';

async function finishedRun() {
  const folder = temporaryFolder();
  const out = join(folder, 'runs');
  const config = writeConfig(folder);
  expect((await irnnRun(config, '--out', out, '--quiet')).exitCode).toBe(0);
  return { folder, out, config, directory: onlyRun(out) };
}

describe('output that nobody reads', () => {
  const shell = (line: string) => spawnSync('bash', ['-c', line], { encoding: 'utf8' });

  it('does not stop a run', () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, {
      training: '{ steps: 2000, batch: 4, learning_rate: 0.01, clip: { threshold: 1 } }',
    });
    const out = join(folder, 'runs');
    const { stdout } = shell(
      `node ${program} ${config} --out ${out} 2>&1 | head -1; echo "\${PIPESTATUS[0]}"`,
    );
    expect(stdout.trim().split('\n').at(-1)).toBe('0');
    expect(readdirSync(onlyRun(out))).toContain('DONE.json');
    expect(existsSync(join(onlyRun(out), '.lock'))).toBe(false);
  });

  it('ends commands quietly, and with 74 on a full disk', async () => {
    const { out } = await finishedRun();
    const piped = shell(`node ${program} list ${out} | true; echo "\${PIPESTATUS[0]}"`);
    expect(piped).toMatchObject({ stdout: '0\n', stderr: '' });
    const full = shell(`node ${program} list ${out} > /dev/full`);
    expect(full.status).toBe(74);
    expect(full.stderr).toMatch(/^irnn-run: cannot write the result .*no space left.*\n$/);
  });
});

describe('hostile folders', () => {
  it('a run directory that links elsewhere is refused', async () => {
    const { out, config, directory } = await finishedRun();
    const elsewhere = temporaryFolder();
    const name = readdirSync(out)[0]!;
    const linked = join(temporaryFolder(), 'runs');
    mkdirSync(linked);
    symlinkSync(elsewhere, join(linked, name));
    expect(await irnnRun(config, '--out', linked)).toMatchObject({
      exitCode: 73,
      stderr: expect.stringContaining('outside the folder'),
    });
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(existsSync(directory)).toBe(true);
  });

  it('names with escape sequences reach the terminal spelled out', async () => {
    const { exitCode, stderr } = await irnnRun('show', '/nowhere/\u001b]0;title\u0007');
    expect(exitCode).toBe(66);
    expect(stderr).toContain('\\x1b]0;title\\x07');
  });

  it('a pipe in the place of a file is refused, not waited for', async () => {
    const { directory } = await finishedRun();
    const path = join(directory, 'metrics.csv');
    execFileSync('sh', ['-c', `rm '${path}' && mkfifo '${path}'`]);
    expect(await irnnRun('show', directory)).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('regular file'),
    });
  });
});

it('what a killed process left without a commit record is deleted', async () => {
  const { out, config, directory } = await finishedRun();
  writeFileSync(join(directory, 'checkpoint-77.safetensors'), 'orphan');
  expect((await irnnRun(config, '--out', out, '--quiet', '--set', 'training.steps=120')).exitCode).toBe(0);
  expect(readdirSync(directory)).not.toContain('checkpoint-77.safetensors');
});

it('a config that was edited is refused where results are read, and written anew where the run goes on', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'runs');
  const config = writeConfig(folder);
  await irnnRun(config, '--out', out, '--quiet', '--until-step', '50');
  const path = join(onlyRun(out), 'config.yaml');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('T: 5', 'T: 6'));
  for (const command of ['eval', 'show']) {
    expect(await irnnRun(command, onlyRun(out))).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining('config.yaml'),
    });
  }
  expect((await irnnRun(config, '--out', out, '--quiet')).exitCode).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
