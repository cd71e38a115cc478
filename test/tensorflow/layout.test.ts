/** Where cuDNN's parameters are: as the engine packs them, as it prints them, and the program that asks cuDNN. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  packParameters,
  parametersOf,
  placesOf,
  type Stack,
} from '../../src/engines/tensorflow/cudnn-parameters.ts';
import { Device } from '../../src/engines/tensorflow/device.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { binding } from './engine.ts';

const stacks = (['relu', 'lstm'] as const).flatMap((cell) =>
  [1, 2].flatMap((layers) =>
    [false, true].map((bidirectional): Stack => ({ cell, layers, bidirectional, inputs: 3, hidden: 5 })),
  ),
);

test.skipIf(binding === null).each(stacks)('places are where the engine packs: %o', (stack) => {
  const { cell, layers, bidirectional, inputs, hidden: H } = stack;
  const G = cell === 'lstm' ? 4 * H : H;
  const D = bidirectional ? 2 : 1;
  const device = new Device(binding!);
  const places = placesOf(stack);
  device.scope(() => {
    // Every number of every matrix and bias is another.
    const weights = new Map<string, ReturnType<Device['floats']>>();
    const values = new Map<string, Float32Array>();
    let n = 1;
    for (let k = 0; k < layers; k++) {
      for (const suffix of bidirectional ? ['', '_reverse'] : ['']) {
        const shapes = { weight_ih: [G, k === 0 ? inputs : D * H], weight_hh: [G, H], bias_ih: [G] };
        for (const [kind, shape] of Object.entries(shapes)) {
          const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => n++);
          values.set(`${kind} ${D * k + (suffix === '' ? 0 : 1)}`, data);
          weights.set(`rnn.${kind}_l${k}${suffix}`, device.floats(data.slice(), shape));
        }
      }
    }
    const layer = { cell, hidden: H, bidirectional };
    const block = { first: 0, layers: Array.from({ length: layers }, () => layer) };
    const packed = device.read(packParameters(device, parametersOf(block, weights)));
    expect(places.length).toBe(layers * D * 2 * (G / H));
    for (const { pseudoLayer, linearLayer, matrix, rows, columns, bias } of places) {
      const recurrent = linearLayer >= G / H;
      const gate = linearLayer % (G / H);
      const expected = values.get(`${recurrent ? 'weight_hh' : 'weight_ih'} ${pseudoLayer}`)!;
      const size = rows * columns;
      expect(packed.slice(matrix, matrix + size)).toEqual(expected.slice(gate * size, (gate + 1) * size));
      const own = values.get(`bias_ih ${pseudoLayer}`)!.slice(gate * H, (gate + 1) * H);
      expect(packed.slice(bias, bias + H)).toEqual(recurrent ? new Float32Array(H) : own);
    }
  });
  device.dispose();
});

describe('the program that asks cuDNN', () => {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-run-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'gpu-check-layout');
  const compile = (...args: string[]) =>
    spawnSync('g++', ['-std=c++17', '-O1', ...args], { encoding: 'utf8' });
  const { stderr, status } = compile('-o', program, 'scripts/gpu-check-layout.cpp', '-ldl');
  const fake = join(folder, 'libcudnn.so.9');
  compile('-shared', '-fPIC', '-o', fake, 'test/tensorflow/fake-cudnn.cpp');
  for (const version of ['13', '12']) symlinkSync(fake, join(folder, `libcudart.so.${version}`));
  const lines = stacks
    .flatMap((stack) =>
      placesOf(stack).map(({ pseudoLayer, linearLayer, matrix, rows, columns, bias }) => {
        const { cell, layers, bidirectional, inputs, hidden } = stack;
        const sizes = [layers, bidirectional ? 2 : 1, inputs, hidden, pseudoLayer, linearLayer];
        return [cell, ...sizes, matrix, rows, columns, bias].join(' ');
      }),
    )
    .join('\n');
  const places = lines.split('\n').length;
  const ask = (input: string, env: Record<string, string> = {}) =>
    spawnSync(program, { input, encoding: 'utf8', env: { LD_LIBRARY_PATH: folder, ...env } });

  test('compiles without any SDK', () => {
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('says that all is in its place', () => {
    const { status, stdout } = ask(lines);
    expect(stdout).toBe(
      `ok   cuDNN 90300: ${places} of ${places} matrices and biases are where the engine puts them\n`,
    );
    expect(status).toBe(0);
  });

  test('says what is elsewhere', () => {
    const { status, stdout } = ask(lines, { FAKE_CUDNN: 'swapped' });
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^FAIL relu, 1 layers, 1 directions, I = 3, H = 5, pseudo-layer 0, linear layer 0:/,
    );
    expect(stdout).toContain(`FAIL cuDNN 90300: 0 of ${places} `);
  });

  test('says what it cannot ask, or cannot read', () => {
    const none = spawnSync(program, {
      input: lines,
      encoding: 'utf8',
      env: { LD_LIBRARY_PATH: temporaryFolder() },
    });
    expect(none.stderr).toMatch(/gpu-check-layout: .* does not open/);
    expect(none.status).toBe(69);
    const without = ask(lines, { FAKE_CUDNN_NO_GPU: '1' });
    expect(without.stderr).toMatch(/cudnnCreate: CUDNN_STATUS_NOT_INITIALIZED/);
    expect(without.status).toBe(69);
    expect(ask(`${lines}\nrelu 1 x`).stderr).toContain(`line ${places + 1} of standard input is not a place`);
    expect(ask('').status).toBe(64);
  });
});
