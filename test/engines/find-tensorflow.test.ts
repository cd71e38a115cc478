/** What the engines do where TensorFlow is, is broken, or is not; TensorFlow itself need not be there for that. */
import util from 'node:util';
import * as core from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { loadReferenceEngine } from '../../src/engines/reference.ts';
import { chooseEngine } from '../../src/engines/select.ts';
import type { Found } from '../../src/engines/tensorflow/find.ts';
import { lookFor } from '../../src/engines/tensorflow/find.ts';

const fails = (message: string, code?: string) => () =>
  Promise.reject(Object.assign(new Error(message), { code }));

describe('why TensorFlow is absent', () => {
  test.each([
    [
      'not-installed',
      fails("Cannot find package '@tensorflow/tfjs-node-gpu' imported from find.js", 'ERR_MODULE_NOT_FOUND'),
      'npm install --no-save --save-prod @tensorflow/tfjs-node-gpu@4.22.0',
    ],
    [
      'not-installed',
      fails("Cannot find module '@tensorflow/tfjs-node-gpu'\nRequire stack:", 'MODULE_NOT_FOUND'),
      'npm install',
    ],
    [
      'no-addon',
      fails(
        'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/lib/napi-v8/tfjs_binding.node. \nPlease',
      ),
      'npm rebuild @tensorflow/tfjs-node-gpu',
    ],
    [
      'addon-fails',
      fails(
        'libtensorflow.so.2: cannot open shared object file: No such file or directory',
        'ERR_DLOPEN_FAILED',
      ),
      '--build-addon-from-source',
    ],
    [
      'addon-fails',
      fails(
        "Cannot find module 'adm-zip'\nRequire stack:\n- /x/@tensorflow/tfjs-node-gpu/dist/index.js",
        'MODULE_NOT_FOUND',
      ),
      'npm rebuild',
    ],
  ])('%s', async (kind, importPackage, advice) => {
    const absent = await lookFor(importPackage);
    expect(absent).toMatchObject({ kind, advice: expect.stringContaining(advice) });
    expect((absent as { reason: string }).reason).not.toContain('\n');
  });
});

test('a package that is there: what Node.js 23 removed is put back, and the reference engine keeps its backend', async () => {
  await loadReferenceEngine();
  const before = core.getBackend();
  const binding = { TF_Version: '2.9.1' };
  const set: string[] = [];
  const fake = {
    version: { 'tfjs-node': '4.22.0' },
    backend: () => ({ binding, isUsingGpuDevice: true }),
    setBackend: async (name: string) => set.push(name),
  };
  const found = await lookFor(async () => {
    expect((util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined?.(null)).toBe(
      true,
    );
    return { default: fake };
  });
  expect(found).toEqual({
    kind: 'found',
    binding,
    gpu: true,
    versions: { '@tensorflow/tfjs-node-gpu': '4.22.0', libtensorflow: '2.9.1' },
  });
  expect(set).toEqual([before]);
});

describe('the engine that is chosen automatically', () => {
  const found = (gpu: boolean) => async () => ({ kind: 'found', gpu }) as Found;

  test('native for narrow models, without a look at TensorFlow', async () => {
    const choice = await chooseEngine(100, () => {
      throw new Error('looked');
    });
    expect(choice).toMatchObject({ name: 'native', reason: expect.stringContaining('100 units') });
  });

  test('for wide models a GPU, where one is really used', async () => {
    expect(await chooseEngine(512, found(true))).toMatchObject({ name: 'tensorflow' });
    expect(await chooseEngine(512, found(false))).toMatchObject({
      name: 'native',
      reason: expect.stringContaining('no GPU'),
    });
    const absent = { kind: 'not-installed', reason: 'it is not there', advice: '' } as const;
    expect(await chooseEngine(512, async () => absent)).toEqual({
      name: 'native',
      reason: 'it is not there',
    });
  });
});
