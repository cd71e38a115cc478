/** What the engines do where TensorFlow is, is broken, or is not; TensorFlow itself need not be there for that. */
import util from 'node:util';
import * as core from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { chooseEngine } from '../../src/engines/auto.ts';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import type { Availability } from '../../src/engines/room.ts';
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
  await referenceRoom.load();
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
  const automatic = { name: 'auto', device: 'auto', instruction_set: 'auto', threads: 1 } as const;
  const lookups = (tensorflow: Availability | null, available = true) => ({
    tensorflow: {
      look: async () => {
        if (tensorflow === null) throw new Error('looked');
        return tensorflow;
      },
    },
    native: { look: () => (available ? found(false) : { available, reason: 'it is not built' }) },
  });
  const found = (gpu: boolean) => ({ available: true, gpu }) as const;
  const absent = { available: false, reason: 'it is not there' } as const;

  test('native for narrow models, without a look at TensorFlow', async () => {
    const choice = await chooseEngine(automatic, { hidden: 100 }, lookups(null));
    expect(choice).toMatchObject({ name: 'native', reason: expect.stringContaining('100 units') });
  });

  test('for wide models a GPU, where one is really used', async () => {
    expect(await chooseEngine(automatic, { hidden: 512 }, lookups(found(true)))).toMatchObject({
      name: 'tensorflow',
    });
    expect(await chooseEngine(automatic, { hidden: 512 }, lookups(found(false)))).toMatchObject({
      name: 'native',
      reason: expect.stringContaining('no GPU'),
    });
    expect(await chooseEngine(automatic, { hidden: 512 }, lookups(absent))).toEqual({
      name: 'native',
      reason: 'it is not there',
    });
  });

  test('wasm where native is not built', async () => {
    const notBuilt = { name: 'wasm', reason: expect.stringContaining('native engine is not built') };
    expect(await chooseEngine(automatic, { hidden: 100 }, lookups(null, false))).toMatchObject(notBuilt);
    expect(await chooseEngine(automatic, { hidden: 512 }, lookups(absent, false))).toMatchObject(notBuilt);
    expect(await chooseEngine(automatic, { hidden: 512 }, lookups(found(true), false))).toMatchObject({
      name: 'tensorflow',
    });
  });

  test('native for an instruction set of its own, built or not', async () => {
    const pinned = { ...automatic, instruction_set: 'avx2' } as const;
    expect(await chooseEngine(pinned, { hidden: 512 }, lookups(null, false))).toMatchObject({
      name: 'native',
    });
  });
});
