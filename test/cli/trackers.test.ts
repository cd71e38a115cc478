import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

/** A Python with mlflow (or mlflow-skinny) and pyyaml. */
const python = process.env.MLFLOW_PYTHON;
if (python === undefined)
  console.warn('SKIPPED: copying runs into MLflow; set MLFLOW_PYTHON to a Python that has mlflow and pyyaml');

const script = fileURLToPath(new URL('../../scripts/log-runs.py', import.meta.url));
const reader = fileURLToPath(new URL('read-mlflow.py', import.meta.url));

interface Logged {
  readonly name: string;
  readonly status: string;
  readonly params: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly points: Record<string, [step: number, value: number][]>;
}

async function setUp() {
  const folder = temporaryFolder();
  const out = join(folder, 'runs');
  const config = writeConfig(folder, { training: '{ steps: 90, batch: 4, learning_rate: 0.01 }' });
  const run = (...more: string[]) => irnnRun(config, '--out', out, '--quiet', ...more);
  await run();
  const directory = join(out, readdirSync(out)[0]!);
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: `file:${join(folder, 'mlruns')}`,
    MLFLOW_ALLOW_FILE_STORE: 'true',
  };
  const call = (...argv: string[]) => spawnSync(python!, argv, { env, encoding: 'utf8' });
  return {
    run,
    directory,
    env,
    store: join(folder, 'mlruns'),
    log: () => call(script, 'mlflow', out),
    logged: () => JSON.parse(call(reader, 'irnn-run').stdout) as Logged[],
  };
}

/** Every number of metrics.csv, once and in order. */
function expectAllRows({ points }: Logged, directory: string): void {
  const { rows } = readCsv(join(directory, 'metrics.csv'));
  for (const column of Object.keys(rows.at(-1)!).filter((name) => name !== 'step')) {
    const known = rows.filter((row) => row[column] !== null && row[column] !== undefined);
    expect(points[column], column).toEqual(known.map((row) => [row.step, row[column]]));
  }
}

describe.skipIf(python === undefined)('MLflow', () => {
  it('holds config, rows, scores and what made a run; a longer run adds to them, and nothing comes twice', async () => {
    const { run, directory, log, logged } = await setUp();
    expect(log()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^tiny-\S+: \d+ points added\n$/),
    });
    expect(log().stdout).toMatch(/: nothing new\n$/);
    await run('--set', 'training.steps=150');
    expect(log().status).toBe(0);
    expect(log().stdout).toMatch(/: nothing new\n$/);
    const all = logged();
    expect(all).toHaveLength(1);
    const [own] = all;
    expectAllRows(own!, directory);
    const done = JSON.parse(readFileSync(join(directory, 'DONE.json'), 'utf8'));
    expect(own!.points['final.test_mse']!.map(([step]) => step)).toEqual([90, 150]);
    expect(own!.points['final.test_mse']![1]![1]).toBe(done.metrics.test_mse);
    expect(own!.params).toMatchObject({ 'task.T': '5', 'model.type': 'irnn', seed: '1' });
    const { engine } = JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8'));
    expect(own!.tags).toMatchObject({
      'irnn_run.status': 'finished',
      'training.steps': '150',
      engine: engine.engine,
      numerics: String(engine.numerics),
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(own!.status).toBe('FINISHED');
  });

  it('after a kill in the middle the same command adds the rest', async () => {
    const { directory, env, store, log, logged } = await setUp();
    const first = spawn(python!, [script, 'mlflow', join(directory, '..')], { env, stdio: 'ignore' });
    const begun = () =>
      existsSync(store) &&
      readdirSync(store, { recursive: true }).some((name) => String(name).includes('metrics/'));
    while (!begun() && first.exitCode === null) await setTimeout(1);
    first.kill('SIGKILL');
    if (first.exitCode === null && first.signalCode === null) await once(first, 'exit');
    expect(log().status).toBe(0);
    const all = logged();
    expect(all).toHaveLength(1);
    expectAllRows(all[0]!, directory);
  });

  it('a damaged run, and one that differs from what was logged, are refused', async () => {
    const { directory, log } = await setUp();
    const metrics = join(directory, 'metrics.csv');
    const whole = readFileSync(metrics, 'utf8');
    appendFileSync(metrics, '180,0.01\n');
    expect(log()).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('its metrics is not what the run wrote; left out'),
    });
    writeFileSync(metrics, whole);
    expect(log().status).toBe(0);
    const other = join(directory, 'DONE.json');
    const { files: _, sha256: __, ...unsealed } = JSON.parse(readFileSync(other, 'utf8'));
    writeFileSync(other, JSON.stringify(unsealed));
    writeFileSync(metrics, whole.replace(/,0\.01,/, ',0.02,'));
    expect(log()).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('was logged as 0.01, the run says 0.02'),
    });
  });
});
