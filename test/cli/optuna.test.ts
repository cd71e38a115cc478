/** A search by another program, by what `--json` says: with Optuna where a Python here has it, and else with a stand-in. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkpointSteps } from '../../src/training/checkpoint.ts';
import { readOutcome } from '../../src/training/run-directory.ts';
import { program } from '../faults/program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { writeConfig } from './harness.ts';

const pythons = [process.env.OPTUNA_PYTHON ?? '', 'python3'].filter((name) => name !== '');
const python = pythons.find((name) => spawnSync(name, ['-c', 'import optuna']).status === 0);

test('Optuna asks for runs, hears their scores, and gives some up; started again, it finds them done', () => {
  const folder = temporaryFolder();
  const out = join(folder, 'out');
  const config = writeConfig(folder, { evaluate: '{ every: 20 }' });
  const search = () => {
    const argv = [
      'scripts/optuna-search.py',
      config,
      '--metric',
      'valid_mse',
      '--trials',
      '4',
      '--rungs',
      '20,40',
    ];
    const stand = python === undefined ? { PYTHONPATH: join(import.meta.dirname, 'optuna-stand-in') } : {};
    const env = {
      ...process.env,
      ...stand,
      IRNN_RUN: `${process.execPath} ${program}`,
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const { status, stdout, stderr } = spawnSync(python ?? 'python3', [...argv, '--out', out], {
      encoding: 'utf8',
      env,
    });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  const found = search();
  const runs = readdirSync(out).map((name) => join(out, name));
  expect(runs).toHaveLength(4);
  const scores = runs.flatMap((run) => readOutcome(run)?.metrics.valid_mse ?? []);
  expect(found.best).toBe(Math.min(...scores.map(Number)));
  // Someone was given up at a rung, and waits there.
  const waiting = runs.filter((run) => readOutcome(run) === null);
  expect(waiting.length).toBeGreaterThan(0);
  for (const run of waiting) expect([20, 40]).toContain(checkpointSteps(run)[0]);
  expect(scores.length).toBe(4 - waiting.length);

  const logs = () =>
    runs.map((run) => readFileSync(join(run, 'log.txt'), 'utf8').match(/ (started|resuming) /g)!.length);
  const before = logs();
  expect(search()).toEqual(found);
  // A run that waits is looked at again, and trained no further.
  expect(readdirSync(out)).toHaveLength(4);
  for (const run of waiting) expect([20, 40]).toContain(checkpointSteps(run)[0]);
  for (const [index, run] of runs.entries()) {
    if (!waiting.includes(run)) expect(logs()[index]).toBe(before[index]);
  }
});
