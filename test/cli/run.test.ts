import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { behaviour, mockEngine, resetBehaviour } from '../mock-engine.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

vi.mock('../../src/engines/registry.ts', () => ({
  loadEngine: async () => mockEngine,
  pinned: (config: object) => config,
}));
afterEach(resetBehaviour);

/** The single run directory under a folder. */
function onlyRun(out: string): string {
  const names = readdirSync(out);
  expect(names).toHaveLength(1);
  return join(out, names[0]!);
}

function setUp(changes: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const out = join(folder, 'runs');
  const config = writeConfig(folder, changes);
  return { folder, out, config, run: (...more: string[]) => irnnRun(config, '--out', out, ...more) };
}

/** Stops the process as a signal would, after so many updates. */
function signalAfter(updates: number, signal: NodeJS.Signals): void {
  behaviour.afterStep = (made) => {
    if (made === updates) process.emit(signal, signal);
  };
}

describe('a run', () => {
  it('leaves a complete run directory and says how it ended', async () => {
    const { out, run } = setUp();
    const { exitCode, stdout, stderr } = await run();
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/^tiny: finished at step 100/);
    expect(stdout).toMatch(/valid_mse 0\.0099\d*, test_mse 0\.0099/);
    const directory = onlyRun(out);
    expect(readdirSync(directory).sort()).toEqual([
      'DONE.json',
      'checkpoint-100.json',
      'checkpoint-100.safetensors',
      'checkpoint-80.json',
      'checkpoint-80.safetensors',
      'config.yaml',
      'log.txt',
      'meta.json',
      'metrics.csv',
      'timing.csv',
    ]);
    const { columns, rows } = readCsv(join(directory, 'metrics.csv'));
    expect(columns).toContain('test_mse');
    expect(rows.map(({ step }) => step)).toEqual([0, 30, 60, 90, 100]);
    expect(rows[0]).toMatchObject({ train_loss: null, valid_mse: 1, live_units: 3 });
    expect(rows[1]!.gradient_norm_max).toBeGreaterThan(0);
    const meta = JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8'));
    expect(meta).toMatchObject({ parameters: 3 * 2 + 9 + 3 + 3 + 1, engine: { engine: 'mock' } });
    expect(meta.sessions).toHaveLength(1);
  });

  it('is found done when started again, with every file untouched', async () => {
    const { out, run } = setUp();
    await run();
    const directory = onlyRun(out);
    const times = () => readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mtimeMs]);
    const before = times();
    const { exitCode, stdout } = await run();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/already finished at step 100/);
    expect(times()).toEqual(before);
  });

  it('starts over with --fresh and ends the same', async () => {
    const { out, run } = setUp();
    await run();
    const metrics = join(onlyRun(out), 'metrics.csv');
    const before = readFileSync(metrics, 'utf8');
    writeFileSync(metrics, 'spoiled');
    expect(await run('--fresh')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^tiny: finished/),
    });
    expect(readFileSync(metrics, 'utf8')).toBe(before);
  });

  it('prints the resolved config under --dry-run and writes nothing', async () => {
    const { out, run } = setUp();
    const { exitCode, stdout } = await run('--dry-run', '--set', 'training.learning_rate=0.5', '--seed', '9');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/learning_rate: 0\.5/);
    expect(stdout).toMatch(/seed: 9/);
    expect(existsSync(out)).toBe(false);
  });

  it('prints JSON for machines', async () => {
    const { stdout } = await setUp().run('--json', '--quiet');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'tiny',
      status: 'finished',
      step: 100,
      already_done: false,
    });
  });

  it('runs several configs in turn, and goes on after one that fails', async () => {
    const { folder, out, config } = setUp();
    const bad = writeConfig(folder, {
      name: 'bad',
      task: `{ name: pixel_mnist, data: ${join(folder, 'nowhere')} }`,
    });
    const last = writeConfig(folder, { name: 'last' });
    const { exitCode, stdout, stderr } = await irnnRun(config, bad, last, '--out', out);
    expect(exitCode).toBe(66);
    expect(stdout).toMatch(/tiny: finished[\s\S]*last: finished/);
    expect(stderr).toMatch(/bad: .*nowhere/);
    expect(stderr).toMatch(/1 of 3 runs failed/);
    expect(readdirSync(out)).toHaveLength(2);
  });

  it('checks all configs before it starts the first', async () => {
    const { folder, out, config } = setUp();
    const bad = writeConfig(folder, { name: '../x' });
    expect(await irnnRun(config, bad, '--out', out)).toMatchObject({ exitCode: 78 });
    expect(existsSync(out)).toBe(false);
  });
});

describe('stopping', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGUSR1', 75],
    ['SIGHUP', 75],
  ] as const)('on %s saves a checkpoint and exits with %i', async (signal, code) => {
    const { out, run } = setUp();
    signalAfter(47, signal);
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(/stopped at a checkpoint/);
    expect(readdirSync(onlyRun(out))).toContain('checkpoint-47.json');
    expect(readdirSync(onlyRun(out))).not.toContain('DONE.json');
    expect(process.listenerCount(signal)).toBe(0);
  });

  it('at any steps, any number of times, changes nothing in metrics and weights', async () => {
    const whole = setUp();
    await whole.run();
    const expected = onlyRun(whole.out);
    const { out, run } = setUp();
    for (const updates of [1, 28, 1, 1, 19, 3, 40]) {
      signalAfter(updates, 'SIGTERM');
      expect((await run()).exitCode).toBe(143);
    }
    resetBehaviour();
    expect((await run()).stderr).toMatch(/resuming at step 93/);
    for (const file of [
      'metrics.csv',
      'DONE.json',
      'config.yaml',
      'checkpoint-100.safetensors',
      'checkpoint-100.json',
    ]) {
      expect(readFileSync(join(onlyRun(out), file)), file).toEqual(readFileSync(join(expected, file)));
    }
    const timing = readCsv(join(onlyRun(out), 'timing.csv')).rows;
    const seconds = timing.map((row) => row.training_seconds!);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  });

  it('ends as solved when the validation score holds', async () => {
    const { out, run } = setUp({
      evaluate: '{ every: 10 }',
      stop: '{ metric: valid_mse, below: 0.04, evaluations: 3 }',
    });
    expect((await run()).stdout).toMatch(/solved at step 50/);
    expect(JSON.parse(readFileSync(join(onlyRun(out), 'DONE.json'), 'utf8'))).toMatchObject({
      status: 'solved',
      step: 50,
    });
  });
});

describe('a diverging run', () => {
  const changes = { training: '{ steps: 100, batch: 4, learning_rate: 0.01, max_skipped: 5 }' };

  it('is a result: recorded, exit 0, and 80 only when asked for', async () => {
    const { out, run } = setUp(changes);
    behaviour.explodesAt = 33;
    const { exitCode, stdout } = await run();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/diverged at step 38/);
    const directory = onlyRun(out);
    expect(readCsv(join(directory, 'metrics.csv')).rows.at(-1)).toMatchObject({
      step: 38,
      skipped_updates: 5,
    });
    expect(JSON.parse(readFileSync(join(directory, 'DONE.json'), 'utf8'))).toMatchObject({
      status: 'diverged',
    });
    expect(await run('--fail-on-diverged')).toMatchObject({ exitCode: 80 });
  });

  it('has diverged too if its last score is no number, however few updates were skipped', async () => {
    const { out, run } = setUp({ training: '{ steps: 100, batch: 4, learning_rate: 0.01 }' });
    behaviour.explodesAt = 98;
    expect((await run()).stdout).toMatch(/diverged at step 100/);
    expect(JSON.parse(readFileSync(join(onlyRun(out), 'DONE.json'), 'utf8'))).toMatchObject({
      status: 'diverged',
      metrics: { valid_mse: 'NaN' },
    });
  });
});

describe('a damaged run directory', () => {
  async function stopped() {
    const set = setUp();
    signalAfter(47, 'SIGTERM');
    await set.run();
    resetBehaviour();
    return { ...set, directory: onlyRun(set.out) };
  }

  it('falls back to the checkpoint before, and still ends the same', async () => {
    const whole = setUp();
    await whole.run();
    const { directory, run } = await stopped();
    writeFileSync(join(directory, 'checkpoint-47.safetensors'), 'x');
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /checkpoint-47\.safetensors: expected \d+ bytes, found 1; trying the checkpoint before it/,
    );
    expect(stderr).toMatch(/resuming at step 40/);
    expect(readFileSync(join(directory, 'metrics.csv'))).toEqual(
      readFileSync(join(onlyRun(whole.out), 'metrics.csv')),
    );
  });

  it('is refused with 65 when no checkpoint verifies; nothing is deleted', async () => {
    const { directory, run } = await stopped();
    for (const step of [40, 47]) writeFileSync(join(directory, `checkpoint-${step}.json`), '{}');
    const before = readdirSync(directory);
    const { exitCode, stderr } = await run();
    expect(exitCode).toBe(65);
    expect(stderr).toMatch(/no usable checkpoint .*checkpoint-47\.json.*checkpoint-40\.json.*--fresh/);
    expect(readdirSync(directory)).toEqual(before);
  });

  it('is refused with 65 when metrics.csv was edited', async () => {
    const { directory, run } = await stopped();
    const metrics = join(directory, 'metrics.csv');
    writeFileSync(metrics, readFileSync(metrics, 'utf8').replace('\n30,', '\n31,'));
    expect(await run()).toMatchObject({
      exitCode: 65,
      stderr: expect.stringMatching(/metrics\.csv: edited or cut/),
    });
  });

  it.each(['DONE.json', 'meta.json'])('is refused with 65 when %s is damaged', async (name) => {
    const { directory, run } = await stopped();
    writeFileSync(join(directory, name), '{');
    expect(await run()).toMatchObject({ exitCode: 65, stderr: expect.stringContaining(`${name}: damaged`) });
  });

  it('starts from nothing when it was killed before its first checkpoint', async () => {
    const { directory, run } = await stopped();
    for (const name of readdirSync(directory).filter((name) => name.startsWith('checkpoint')))
      rmSync(join(directory, name));
    expect(await run()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/finished at step 100/) });
  });
});

describe('a run continued elsewhere', () => {
  async function stoppedWith(change: (meta: { data: object; sessions: { node: string }[] }) => void) {
    const set = setUp();
    signalAfter(47, 'SIGTERM');
    await set.run();
    resetBehaviour();
    const path = join(onlyRun(set.out), 'meta.json');
    const { sha256: _, ...meta } = JSON.parse(readFileSync(path, 'utf8'));
    change(meta);
    writeFileSync(path, JSON.stringify(meta));
    return set.run();
  }

  it('is refused with 65 on other data', async () => {
    const { exitCode, stderr } = await stoppedWith((meta) => {
      meta.data = { sha256: 'other' };
    });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 65,
      stderr: expect.stringMatching(/the data has changed/),
    });
  });

  it('says so when Node.js or the code is another one, and goes on', async () => {
    const { exitCode, stderr } = await stoppedWith((meta) => {
      meta.sessions[0]!.node = 'v20.0.0';
    });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /continuing with irnn-run .* on Node v2\d.* what irnn-run .* on Node v20\.0\.0 began/,
    );
  });
});

describe('reading runs back', () => {
  it('lists, shows and evaluates them', async () => {
    const { out, run } = setUp();
    await run();
    const directory = onlyRun(out);
    const list = await irnnRun('list', out);
    expect(list.stdout).toMatch(/run +status +step +scores/);
    expect(list.stdout).toMatch(/finished +100 +valid_mse/);
    expect(JSON.parse((await irnnRun('list', out, '--json')).stdout)).toMatchObject([
      { directory, status: 'finished' },
    ]);
    const show = await irnnRun('show', directory);
    expect(show.stdout).toMatch(/status +finished at step 100/);
    expect(show.stdout).toMatch(/learning_rate: 0\.01/);
    expect(JSON.parse((await irnnRun('show', directory, '--json')).stdout).checkpoints).toEqual([100, 80]);
    expect((await irnnRun('eval', directory)).stdout).toMatch(/^step 100: test_mse 0\.0099/);
    expect((await irnnRun('eval', directory, '--split', 'valid', '--step', '80')).stdout).toMatch(
      /^step 80: valid_mse 0\.0123/,
    );
  });

  it('says what is missing', async () => {
    const { folder, out, run } = setUp();
    expect(await irnnRun('list', out)).toMatchObject({
      exitCode: 66,
      stderr: expect.stringMatching(/no such folder/),
    });
    expect(await irnnRun('show', folder)).toMatchObject({
      exitCode: 66,
      stderr: expect.stringMatching(/not a run directory/),
    });
    await run();
    const missing = await irnnRun('eval', onlyRun(out), '--step', '7');
    expect(missing).toMatchObject({
      exitCode: 66,
      stderr: expect.stringMatching(/checkpoint-7\.json: no such checkpoint/),
    });
  });
});

describe('the command line', () => {
  it.each([
    [[], 64, /expected irnn-run <config/],
    [['a.yaml', '--hlep'], 64, /did you mean --help/],
    [['nowhere.yaml'], 66, /nowhere\.yaml/],
    [['eval', 'x', '--split', 'train'], 64, /expected valid, test/],
  ])('%j exits with %i', async (argv, exitCode, message) => {
    expect(await irnnRun(...argv)).toMatchObject({ exitCode, stderr: expect.stringMatching(message) });
  });

  it('keeps stack traces for --debug', async () => {
    expect((await irnnRun('show', 'nowhere')).stderr).not.toMatch(/\n {4}at /);
    expect((await irnnRun('show', 'nowhere', '--debug')).stderr).toMatch(/\n {4}at /);
  });

  it('names every command in its help', async () => {
    const { exitCode, stdout } = await irnnRun('--help');
    expect(exitCode).toBe(0);
    for (const command of ['check', 'list', 'show', 'eval', 'data', 'bench', 'doctor', 'schema']) {
      expect(stdout).toMatch(new RegExp(`irnn-run ${command}`));
    }
  });
});
