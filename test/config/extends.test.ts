import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { irnnRun } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { EXAMPLE, edited } from './example.ts';

/** Writes files into a new folder and returns the path of one by its name. */
function files(texts: Readonly<Record<string, string>>): (name: string) => string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'below'));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return (name) => join(folder, name);
}

test('a config says only what differs from the one it extends', () => {
  const path = files({
    'parent.yaml': `${EXAMPLE}stop: { metric: valid_mse, below: 0.1 }\n`,
    'below/child.yaml': 'extends: ../parent.yaml\nname: child\ntraining: { steps: 7 }\nstop: null\n',
    'below/grandchild.yaml': 'extends: child.yaml\nmodel: { type: lstm, hidden: 9 }\n',
  });
  const parent = loadConfig(path('parent.yaml'));
  const child = loadConfig(path('below/child.yaml'));
  expect(child).toEqual({
    ...parent,
    name: 'child',
    training: { ...parent.training, steps: 7 },
    stop: null,
  });
  expect(loadConfig(path('below/grandchild.yaml'))).toMatchObject({ name: 'child', model: { type: 'lstm' } });
});

test('a map of another type replaces the whole map', () => {
  const path = files({
    'parent.yaml': edited('{ type: irnn }', '{ type: irnn, scale: 0.5 }'),
    'child.yaml': 'extends: parent.yaml\nmodel: { type: lstm }\n',
    'same.yaml': 'extends: parent.yaml\nmodel: { type: irnn, hidden: 3 }\n',
  });
  expect(loadConfig(path('child.yaml')).model).not.toHaveProperty('scale');
  expect(loadConfig(path('same.yaml')).model).toMatchObject({ scale: 0.5, hidden: 3 });
});

test('a mistake is shown in the file that has it; bad parents where they are named', async () => {
  const path = files({
    'parent.yaml': edited('50', '-1'),
    'child.yaml': 'extends: parent.yaml\nname: child\n',
    'missing.yaml': 'extends: nowhere.yaml\n',
    'list.yaml': 'extends: [a.yaml, b.yaml]\n',
    'circle.yaml': 'extends: below/circle.yaml\n',
    'below/circle.yaml': 'extends: ../circle.yaml\n',
  });
  const check = async (name: string) => {
    const { exitCode, stderr } = await irnnRun('check', path(name));
    expect(exitCode).toBe(78);
    return stderr;
  };
  expect(await check('child.yaml')).toContain(`${path('parent.yaml')}:2:`);
  expect(await check('missing.yaml')).toContain(
    `missing.yaml:1:10: extends: ${path('nowhere.yaml')}: no such config file`,
  );
  expect(await check('list.yaml')).toContain('expected the path of one config, found a list');
  expect(await check('circle.yaml')).toContain(`extends: ${path('circle.yaml')} extends itself`);
});

test('an anchored value is used again, and copies do not share', () => {
  const text = `${edited('50', '&n 50')}checkpoint: { every: *n }\n`;
  const path = files({ 'x.yaml': text });
  expect(loadConfig(path('x.yaml')).checkpoint.every).toBe(50);
  const set = ['checkpoint.every=9'];
  expect(loadConfig(path('x.yaml'), { set })).toMatchObject({ task: { T: 50 }, checkpoint: { every: 9 } });
});

test('a sweep varies a config that extends another', async () => {
  const path = files({
    'parent.yaml': EXAMPLE,
    'child.yaml': 'extends: parent.yaml\nname: child\n',
    'sweep.yaml': 'name: s\nbase: child.yaml\ngrid: { training.learning_rate: [0.1, 0.2] }\n',
  });
  const { stdout, exitCode } = await irnnRun('sweep', path('sweep.yaml'), '--dry-run');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('child-');
});
