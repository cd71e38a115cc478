/** What is said of NVIDIA's libraries where TensorFlow uses no GPU, or cuDNN would end the process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { explainMissingParts, explainNoGpu } from '../../src/engines/tensorflow/cuda-libraries.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const only =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name);
const allBut =
  (...names: string[]) =>
  (name: string) =>
    !names.includes(name);

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['2.9.1', only(), 'there is no NVIDIA driver (libcuda.so.1) on this machine'],
  [
    '2.21.0',
    allBut('libcuda.so.1'),
    "there is no NVIDIA driver (libcuda.so.1) on this machine; CUDA's libraries and cuDNN's parts are found",
  ],
  ['2.9.1', allBut('libcublas.so.11'), /^not found: libcublas\.so\.11; install CUDA 11\.2 and cuDNN 8\.1/],
  ['2.9.1', allBut('libcudnn_adv_train.so.8'), /^not found: libcudnn_adv_train\.so\.8; install/],
  ['2.21.0', allBut('libcudnn.so.9'), /^not found: libcudnn\.so\.9; run scripts\/tensorflow-on-gpu\.sh/],
  [
    '2.21.0',
    allBut('libcuda.so.1', 'libcudnn_adv.so.9'),
    /no NVIDIA driver .*; not found: libcudnn_adv\.so\.9; run/,
  ],
  ['2.21.0', () => true, /^CUDA is there, but TensorFlow found no GPU it can use/],
])('TensorFlow %s: why there is no GPU, %#', (tensorflow, finds, expected) => {
  const said = explainNoGpu(tensorflow, finds);
  if (typeof expected === 'string') expect(said).toBe(expected);
  else expect(said).toMatch(expected);
});

test('parts of cuDNN that it would open late', () => {
  expect(explainMissingParts('2.9.1', () => true)).toBeNull();
  expect(explainMissingParts('2.9.1', allBut('libcudnn_adv_train.so.8'))).toMatch(
    /^parts of cuDNN are not found: libcudnn_adv_train\.so\.8; install/,
  );
  expect(explainMissingParts('2.21.0', allBut('libz.so.1'))).toMatch(
    /^libz\.so\.1, without which cuDNN ends the process, is not found; install zlib/,
  );
  expect(explainMissingParts('2.21.0', only('libcudnn_ops.so.9'))).toMatch(
    /^parts of cuDNN are not found: libcudnn_graph\.so\.9, libcudnn_adv\.so\.9; run/,
  );
});

test('they are looked for by name in LD_LIBRARY_PATH', () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  for (const name of ['libcudnn_ops_infer.so.8', 'libcudnn_adv_infer.so.8'])
    writeFileSync(join(one, name), '');
  vi.stubEnv('LD_LIBRARY_PATH', `${one}:${other}`);
  expect(explainMissingParts('2.9.1')).toMatch(/not found: libcudnn_adv_train\.so\.8;/);
  writeFileSync(join(other, 'libcudnn_adv_train.so.8'), '');
  writeFileSync(join(other, 'libz.so.1'), '');
  expect(explainMissingParts('2.9.1')).toBeNull();
});
