import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bounds,
  cells,
  configOf,
  fromAddress,
  type NetworkSetting,
  nameOf,
  paperCell,
  presets,
  problemOf,
  type Setting,
  starts,
  toAddress,
  usual,
  yamlOf,
} from '../../playground/settings.ts';
import { parseConfig } from '../../src/config/load.ts';

const network: fc.Arbitrary<NetworkSetting> = fc.record({
  cell: fc.constantFrom(...(Object.keys(cells) as (keyof typeof cells)[])),
  start: fc.constantFrom(...(Object.keys(starts) as (keyof typeof starts)[])),
  rate: fc.double({ min: 1e-12, max: 10, noNaN: true }),
  clip: fc.double({ min: 1e-12, max: 1e6, noNaN: true }),
});
const within = (key: keyof typeof bounds) => fc.integer({ min: bounds[key][0], max: bounds[key][1] });
const setting: fc.Arbitrary<Setting> = fc.record({
  T: within('T'),
  seed: within('seed'),
  hidden: within('hidden'),
  networks: fc.oneof(fc.tuple(network), fc.tuple(network, network)),
});

test('an address gives the setting that it was made of', () => {
  fc.assert(
    fc.property(setting, (one) => {
      expect(fromAddress(`#${toAddress(one)}`)).toEqual(one);
    }),
  );
});

test('YAML gives irnn-run the config that the page trains', () => {
  fc.assert(
    fc.property(setting, (one) => {
      for (const each of one.networks)
        expect(parseConfig(yamlOf(one, each), 'x.yaml')).toEqual(configOf(one, each));
    }),
    { numRuns: 30 },
  );
});

test.each([
  '',
  'T=30',
  'T=30&seed=1&hidden=100',
  'T=1&seed=1&hidden=100&network=relu,identity,0.01,1',
  'T=30&seed=-1&hidden=100&network=relu,identity,0.01,1',
  'T=30&seed=1&hidden=2.5&network=relu,identity,0.01,1',
  'T=30&seed=1&hidden=100&network=gru,identity,0.01,1',
  'T=30&seed=1&hidden=100&network=relu,eye,0.01,1',
  'T=30&seed=1&hidden=100&network=relu,identity,0,1',
  'T=30&seed=1&hidden=100&network=relu,identity,0.01',
  'T=30&seed=1&hidden=100&network=relu,identity,0.01,1,1',
  'T=30&seed=1&hidden=100&network=relu,identity,0.01,-1',
  'T=30&seed=1&hidden=100&network=toString,identity,0.01,1',
  `T=30&seed=1&hidden=100${'&network=relu,identity,0.01,1'.repeat(3)}`,
])('no setting: %s', (text) => {
  expect(fromAddress(text)).toBeNull();
});

test('the usual setting is the paper’s point, and every preset can be run', () => {
  expect(usual.networks.map(paperCell)).toEqual(['irnn', 'rnn_tanh']);
  expect(presets.map(({ networks }) => problemOf({ ...usual, networks }))).toEqual(presets.map(() => null));
  for (const { networks } of presets) expect(new Set(networks.map(nameOf)).size).toBe(2);
});
