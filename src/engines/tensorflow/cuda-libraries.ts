import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What libtensorflow 2.9 loads when it looks for a GPU: CUDA 11 (built for 11.2) and cuDNN 8 (for 8.1), and the driver. */
const LIBRARIES = [
  'libcuda.so.1',
  'libcudart.so.11.0',
  'libcublas.so.11',
  'libcublasLt.so.11',
  'libcufft.so.10',
  'libcurand.so.10',
  'libcusolver.so.11',
  'libcusparse.so.11',
  'libcudnn.so.8',
];

/** Those of them that the dynamic linker does not find on this machine. */
function missingCudaLibraries(): string[] {
  const { stdout } = spawnSync('ldconfig', ['-p'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath() },
  });
  const folders = (process.env.LD_LIBRARY_PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const inCache = (name: string) => stdout?.includes(`\t${name} `) ?? false;
  return LIBRARIES.filter(
    (name) => !inCache(name) && !folders.some((folder) => existsSync(join(folder, name))),
  );
}

/** ldconfig is often not on a user's path. */
function searchPath(): string {
  return [process.env.PATH ?? '', '/sbin', '/usr/sbin'].join(delimiter);
}

/** Why TensorFlow does not use a GPU, as far as can be seen, and what to do. */
export function explainNoGpu(): string {
  const missing = missingCudaLibraries();
  if (missing.includes('libcuda.so.1')) return 'there is no NVIDIA driver (libcuda.so.1) on this machine';
  if (missing.length > 0) {
    return `not found: ${missing.join(', ')}; install CUDA 11.2 and cuDNN 8.1 (or 11.8 and 8.9, which have the same names) and put their folders into LD_LIBRARY_PATH`;
  }
  return 'CUDA is there, but TensorFlow found no GPU it can use; see its messages with TF_CPP_MIN_LOG_LEVEL=0';
}
