import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runName } from '../../src/config/hash.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadSweep } from '../../src/sweeps/load.ts';
import { readManifest, readRunConfig, sweepPaths, writeManifest } from '../../src/sweeps/manifest.ts';
import { ranges } from '../../src/sweeps/slurm-script.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { BASE, load, SWEEP, writeSweep } from './example.ts';

const settingsOf = (text: string, set?: string[]) =>
  load(SWEEP + text, { config: { set } }).sweep.runs.map(({ settings, seed }) => ({ ...settings, seed }));

test('grid is all combinations, the last key and then the seed varying fastest', () => {
  expect(settingsOf('grid: { task.T: [5, 6], training.batch: [4, 8] }\nseeds: 2\n')).toEqual(
    [5, 6].flatMap((T) =>
      [4, 8].flatMap((batch) => [1, 2].map((seed) => ({ 'task.T': T, 'training.batch': batch, seed }))),
    ),
  );
});

test('zip varies keys together, seeds are counted or listed, the base seed stands', () => {
  expect(settingsOf('zip: { task.T: [5, 6], training.batch: [4, 8] }\n')).toEqual([
    { 'task.T': 5, 'training.batch': 4, seed: 1 },
    { 'task.T': 6, 'training.batch': 8, seed: 1 },
  ]);
  expect(settingsOf('seeds: [7, 3]\n')).toEqual([{ seed: 7 }, { seed: 3 }]);
});

test('overrides apply to what matches, in order, and exclusions leave out', () => {
  const { sweep } = load(`${SWEEP}grid:
  model: [{ type: irnn, hidden: 3 }, { type: lstm, hidden: 3 }]
  task.T: [5, 6, 7]
overrides:
  - { when: { model.type: lstm }, set: { model.forget_bias: 4, name: long } }
  - { when: { name: long, task.T: 6 }, set: { training.batch: 8 } }
exclude:
  - { model.type: irnn, task.T: [6, 7] }
`);
  const manifest = writeManifest(temporaryFolder(), sweep).manifest;
  const configs = sweep.runs.map(({ index }) => readRunConfig(manifest, index));
  expect(
    configs.map(({ name, model, task, training }) => [
      name,
      'forget_bias' in model ? model.forget_bias : null,
      'T' in task ? task.T : null,
      training.batch,
    ]),
  ).toEqual([
    ['base', null, 5, 4],
    ['long', 4, 5, 4],
    ['long', 4, 6, 8],
    ['long', 4, 7, 4],
  ]);
});

test('what is set for all comes first; a value of a grid is never shared between combinations', () => {
  const { sweep } = load(`${SWEEP}set: { task.T: 9, seed: 4 }
grid: { model: [{ type: lstm, hidden: 3 }], task.T: [5, 6] }
overrides: [{ when: { task.T: 5 }, set: { model.forget_bias: 7 } }]
`);
  const manifest = writeManifest(temporaryFolder(), sweep).manifest;
  const biases = [0, 1].map((index) => {
    const { model } = readRunConfig(manifest, index);
    return 'forget_bias' in model ? model.forget_bias : null;
  });
  expect(biases).toEqual([7, 1]);
  expect(sweep.runs.map(({ seed }) => seed)).toEqual([4, 4]);
});

test('a key that the shell sets no longer varies', () => {
  const text = 'grid: { task.T: [5, 6], training.batch: [4, 8] }\nseeds: 2\n';
  expect(settingsOf(text, ['task.T=9'])).toHaveLength(4);
  expect(settingsOf(text, ['task.T=9', 'seed=5']).map(({ seed }) => seed)).toEqual([5, 5]);
  expect(load(SWEEP + text, { config: { seed: '5' } }).sweep.runs).toHaveLength(4);
  // Rules that matched something else are no mistakes then.
  expect(settingsOf(`${text}exclude: [{ task.T: 6, training.batch: 8 }]\n`, ['task.T=5'])).toHaveLength(4);
});

test('a base is looked for beside the sweep file, or where its absolute path says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-run-bases-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'irnn-run-bases-'));
  writeFileSync(join(folder, 'a.yaml'), BASE);
  writeFileSync(join(elsewhere, 's.yaml'), `name: s\nbase: ${join(folder, 'a.yaml')}\n`);
  const { sweep } = loadSweep(join(elsewhere, 's.yaml'), { config: {}, slurm: [] });
  expect(sweep.runs.map(({ run }) => run)).toEqual([expect.stringMatching(/^base-/)]);
});

test('several bases are told apart by their names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-run-bases-'));
  writeFileSync(join(folder, 'a.yaml'), BASE.replace('name: base', 'name: a'));
  writeFileSync(join(folder, 'b.yaml'), BASE.replace('name: base', 'name: b').replace('T: 5', 'T: 6'));
  writeFileSync(join(folder, 's.yaml'), 'name: s\nbase: [a.yaml, b.yaml]\nseeds: 2\n');
  const { sweep } = loadSweep(join(folder, 's.yaml'), { config: {}, slurm: [] });
  expect(sweep.runs.map(({ settings }) => settings.name)).toEqual(['a', 'a', 'b', 'b']);
  expect(sweep.runs.map(({ combination }) => combination)).toEqual([0, 0, 1, 1]);
});

test('a run of a sweep is the run of its config', () => {
  const file = writeSweep(`${SWEEP}grid: { task.T: [5, 6] }\n`);
  const { sweep } = loadSweep(file, { config: {}, slurm: [] });
  const alone = loadConfig(join(file, '../base.yaml'), { set: ['task.T=6'] });
  expect(sweep.runs[1]!.run).toBe(runName(alone));
  expect(readRunConfig(writeManifest(temporaryFolder(), sweep).manifest, 1)).toEqual(alone);
});

test('the manifest reads back as the sweep, and is refused when it is damaged', () => {
  const { sweep } = load(`${SWEEP}seeds: 3\nselect: { metric: valid_mse }\n`);
  const root = temporaryFolder();
  const { manifest } = writeManifest(root, sweep);
  expect(readManifest(manifest)).toEqual(sweep);
  expect(sweepPaths(root, readManifest(manifest)).manifest).toBe(manifest);
  expect(() => readRunConfig(manifest, 3)).toThrow('has no run 3');
  expect(() => readRunConfig(manifest, -1)).toThrow('has no run -1');
  writeFileSync(manifest, sweep.text.replace('"hidden":3', '"hidden":4'));
  expect(() => readRunConfig(manifest, 0)).toThrow('run 0 is not what its hash says');
  writeFileSync(manifest, sweep.text.slice(0, -50));
  expect(() => readManifest(manifest)).toThrow(/not a whole manifest/);
  writeManifest(root, sweep);
  expect(readManifest(manifest)).toEqual(sweep);
});

test('numbers of array elements are written as ranges', () => {
  expect(ranges([0, 1, 2, 3, 7, 9, 10])).toBe('0-3,7,9-10');
  expect(ranges([5])).toBe('5');
});
