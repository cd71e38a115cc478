import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shippedNames } from '../../src/config/shipped.ts';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { onlyRun, program, sleep, startProgram, startWith } from './program.ts';
import { lastingFiles } from './run-files.ts';

// The program where Node.js answers as on Windows (windows.mjs says in what); docs/windows.md says what that leaves open.

const shim = new URL('windows.mjs', import.meta.url).href;
const asOnWindows = { NODE_OPTIONS: `--import=${shim}`, TEMP: tmpdir() };
const onWindows = (...argv: string[]) => startWith(asOnWindows, ...argv);

const small = {
  training: '{ steps: 60, batch: 4, learning_rate: 0.01, clip: { threshold: 1 } }',
  evaluate: '{ every: 20 }',
  checkpoint: '{ every: 10, keep: 2 }',
  engine: '{ name: wasm }',
};
/** Minutes of training. */
const long = { ...small, training: small.training.replace('60', '10000000') };
const begun = (child: ChildProcess) => new Promise((resolve) => child.stderr!.once('data', resolve));

describe('as on Windows', () => {
  it('a run that goes on half-way ends with the same bytes, and verifies', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, small);
    const [here, there] = [join(folder, 'here'), join(folder, 'there')];
    expect(await irnnRun(config, '--out', here)).toMatchObject({ exitCode: 0 });
    const first = await onWindows(config, '--out', there, '--until-step', '30').finished;
    expect(first.exitCode, first.stderr).toBe(0);
    const second = await onWindows(config, '--out', there).finished;
    expect(second.exitCode, second.stderr).toBe(0);
    expect(lastingFiles(onlyRun(there))).toEqual(lastingFiles(onlyRun(here)));
    const verified = await onWindows('verify', onlyRun(there)).finished;
    expect(verified.exitCode, verified.stderr).toBe(0);
  });

  it('and without hard links a run directory has one holder, whose lock is taken over when it was killed', async () => {
    const exFat = { ...asOnWindows, NO_LINKS: '1' };
    const folder = temporaryFolder();
    const out = join(folder, 'runs');
    const argv = [writeConfig(folder, long), '--out', out, '--until-step', '45'];
    const { child, finished } = startWith(exFat, ...argv.slice(0, 3));
    await begun(child);
    const refused = await startWith(exFat, ...argv).finished;
    expect(refused).toMatchObject({
      exitCode: 75,
      stderr: expect.stringMatching(/in use by process \d+; if/),
    });
    child.kill('SIGKILL');
    await finished;
    const next = await startWith(exFat, ...argv, '--fresh').finished;
    expect(next.exitCode, next.stderr).toBe(0);
  });

  it('Ctrl-C on a sweep has its runs save checkpoints', async () => {
    const folder = temporaryFolder();
    const base = writeConfig(folder, { ...long, checkpoint: '{ every: 10000000 }' });
    const sweep = join(folder, 'two.yaml');
    writeFileSync(sweep, `name: two\nbase: ${base}\nseeds: 2\n`);
    const out = join(folder, 'runs');
    const { child, finished } = onWindows('sweep', sweep, '--out', out, '--jobs', '2');
    const runs = () =>
      existsSync(out)
        ? readdirSync(out).flatMap((name) => (/-s\d$/.test(name) ? [join(out, name)] : []))
        : [];
    const train = () => runs().filter((run) => existsSync(join(run, 'metrics.csv'))).length === 2;
    while (!train()) await sleep(20);
    child.kill('SIGINT');
    const { exitCode, stderr } = await finished;
    expect(exitCode, stderr).toBe(130);
    // No other checkpoint was due.
    for (const run of runs()) expect(readdirSync(run).join(' ')).toMatch(/checkpoint-[1-9]\d*\.json/);
  });

  it('a config comes through a pipe, and the shipped ones have slashes in their names', async () => {
    const folder = temporaryFolder();
    const config = readFileSync(writeConfig(folder, small), 'utf8').replaceAll('\n', '\r\n');
    const stdout = execFileSync(process.execPath, [program, 'check', '-'], {
      input: config,
      encoding: 'utf8',
      env: { ...process.env, ...asOnWindows },
    });
    expect(stdout).not.toBe('');
    const { stdout: list } = await onWindows('configs').finished;
    expect(list).toContain('table-4/');
    expect(list).not.toContain('\\');
    for (const name of shippedNames('config')) expect(list).toContain(name);
  });

  it('the native engine is neither built nor offered', async () => {
    const install = fileURLToPath(new URL('../../scripts/build-native.mjs', import.meta.url));
    const { stderr, exitCode } = await startProgram(process.execPath, [install], asOnWindows).finished;
    expect({ stderr, exitCode }).toEqual({
      exitCode: 0,
      stderr:
        'irnn-run: the native engine was not built (it is not for Windows): everything works, some two and a half times as slow\n',
    });
  });
});
