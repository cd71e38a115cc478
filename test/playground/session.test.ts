import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Session } from '../../playground/session.ts';
import { configOf, type NetworkSetting, nameOf, type Setting, yamlOf } from '../../playground/settings.ts';
import { runName } from '../../src/config/hash.ts';
import { parseConfig } from '../../src/config/load.ts';
import { parseCsv } from '../../src/support/csv.ts';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { irnnRun } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';

// The worker's session beside `irnn-run` on the YAML that the page gives.

const module = new WebAssembly.Module(readFileSync('native/wasm/irnn.wasm'));
const STEPS = 250;
const settings = { rate: 0.01, clip: 1 };
const networks: readonly NetworkSetting[] = [
  { cell: 'relu', start: 'identity', ...settings },
  { cell: 'relu', start: 'small-identity', ...settings },
  { cell: 'tanh', start: 'gaussian', ...settings },
  { cell: 'tanh', start: 'orthogonal', ...settings },
  { cell: 'lstm', start: 'gaussian', rate: 0.02, clip: 10 },
];

describe.each(networks.map((network) => [nameOf(network), network] as const))('%s', (_, network) => {
  const setting: Setting = { T: 7, seed: 3, hidden: 12, networks: [network] };

  test('trains to the same bytes as irnn-run on its YAML, and scores the same', async () => {
    const folder = temporaryFolder();
    const yaml = yamlOf(setting, network);
    const config = parseConfig(yaml, 'playground.yaml');
    expect(config).toEqual(configOf(setting, network));
    const file = join(folder, 'playground.yaml');
    writeFileSync(file, yaml);
    const { exitCode, stderr } = await irnnRun(file, '--out', folder, '--set', `training.steps=${STEPS}`);
    expect(exitCode, stderr).toBe(0);

    const session = new Session(config, module);
    for (let step = 0; step < STEPS; step++) {
      // Looking changes nothing.
      if (step % 100 === 0) session.look(step);
      session.step();
    }
    const run = join(folder, runName(config));
    expect(session.parameters()).toEqual(readCheckpoint(run, STEPS).parameters);
    const last = parseCsv(readFileSync(join(run, 'metrics.csv'), 'utf8')).rows.at(-1)!;
    expect({ step: session.steps, test_mse: session.testError(), live_units: session.liveUnits() }).toEqual({
      step: last.step,
      test_mse: last.test_mse,
      live_units: last.live_units,
    });
  });

  test('its look is of the network: the sequence, the answer, the gradients, the eigenvalues', () => {
    const session = new Session(configOf(setting, network), module);
    const { sequence, gradientNorms, eigenvalues } = session.look(5);
    const { signal, marks, target, answers } = sequence;
    expect([signal.length, answers.length, gradientNorms.length]).toEqual([7, 7, 7]);
    expect(Math.fround(signal[marks[0]!]! + signal[marks[1]!]!)).toBe(target);
    expect(session.look(6).sequence.target).not.toBe(target);
    expect(gradientNorms.every((norm) => norm > 0)).toBe(true);
    const trace = eigenvalues!.re.reduce((sum, x) => sum + x, 0);
    const { data, shape } = session.parameters().get('rnn.weight_hh_l0')!;
    const from = shape[0] === 12 ? 0 : 24;
    const diagonal = Array.from({ length: 12 }, (_, i) => data[(from + i) * 12 + i]!);
    expect(trace).toBeCloseTo(
      diagonal.reduce((sum, x) => sum + x, 0),
      8,
    );
  });
});
