import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { PACKAGE } from './find.ts';

/** The NVIDIA libraries that a version of TensorFlow opens by name. */
interface Needed {
  /** What to install. */
  readonly advice: string;
  readonly driver: string;
  /** All of them must open, or TensorFlow registers no GPU. */
  readonly libraries: readonly string[];
  /** Opened by cuDNN at the first recurrent layer. Where one is missing, it ends the process. */
  readonly late: readonly string[];
}

/** cuDNN's parts are linked with it, and no wheel brings it. */
const ZLIB = 'libz.so.1';

/** TensorFlow 2.9, which the package itself downloads: CUDA 11 (built for 11.2) and cuDNN 8 (for 8.1). */
const CUDA_11: Needed = {
  advice:
    'install CUDA 11.2 and cuDNN 8.1 (or 11.8 and 8.9, which have the same names) and put their folders into ' +
    'LD_LIBRARY_PATH, or run scripts/tensorflow-on-gpu.sh, which brings a newer TensorFlow with its libraries',
  driver: 'libcuda.so.1',
  libraries: [
    'libcudart.so.11.0',
    'libcublas.so.11',
    'libcublasLt.so.11',
    'libcufft.so.10',
    'libcurand.so.10',
    'libcusolver.so.11',
    'libcusparse.so.11',
    'libcudnn.so.8',
  ],
  late: ['libcudnn_ops_infer.so.8', 'libcudnn_adv_infer.so.8', 'libcudnn_adv_train.so.8'],
};

/** TensorFlow from 2.16 on: CUDA 12 and cuDNN 9. */
const CUDA_12: Needed = {
  advice: 'run scripts/tensorflow-on-gpu.sh, which brings them',
  driver: 'libcuda.so.1',
  libraries: [
    'libcudart.so.12',
    'libcublas.so.12',
    'libcublasLt.so.12',
    'libcufft.so.11',
    'libcusolver.so.11',
    'libcusparse.so.12',
    'libcudnn.so.9',
  ],
  late: ['libcudnn_graph.so.9', 'libcudnn_ops.so.9', 'libcudnn_adv.so.9'],
};

function neededBy(tensorflow: string): Needed {
  const [major = 0, minor = 0] = tensorflow.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 16) ? CUDA_12 : CUDA_11;
}

/** Whether a library is where it is looked for. */
type Finds = (name: string) => boolean;

/** Why this version of TensorFlow does not use a GPU, as far as can be seen, and what to do. */
export function explainNoGpu(tensorflow: string, finds: Finds = onThisMachine()): string {
  const { driver, libraries, late, advice } = neededBy(tensorflow);
  const all = [...libraries, ...late];
  const missing = all.filter((name) => !finds(name));
  const toInstall = `not found: ${missing.join(', ')}; ${advice}`;
  if (!finds(driver)) {
    const why = `there is no NVIDIA driver (${driver}) on this machine`;
    if (missing.length === all.length) return why;
    return `${why}; ${missing.length === 0 ? "CUDA's libraries and cuDNN's parts are found" : toInstall}`;
  }
  if (missing.length > 0) return toInstall;
  return 'CUDA is there, but TensorFlow found no GPU it can use; see its messages with TF_CPP_MIN_LOG_LEVEL=0';
}

/** Why cuDNN would end the process at the first recurrent layer; null where all of its parts are found. */
export function explainMissingParts(tensorflow: string, finds: Finds = onThisMachine()): string | null {
  const { late, advice } = neededBy(tensorflow);
  const missing = late.filter((name) => !finds(name));
  if (missing.length === 0 && !finds(ZLIB)) {
    return `${ZLIB}, without which cuDNN ends the process, is not found; install zlib (zlib1g on Debian and Ubuntu)`;
  }
  return missing.length === 0 ? null : `parts of cuDNN are not found: ${missing.join(', ')}; ${advice}`;
}

/** In the dynamic linker's cache, or in a folder where a library is looked for. */
function onThisMachine(): Finds {
  const { stdout } = spawnSync('ldconfig', ['-p'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath() },
  });
  const listed = (process.env.LD_LIBRARY_PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [...listed, ...broughtFolders(), ...folderOfCudnn()];
  return (name) =>
    (stdout?.includes(`\t${name} `) ?? false) || folders.some((folder) => existsSync(join(folder, name)));
}

/** What scripts/tensorflow-on-gpu.sh brings, beside the package's TensorFlow, which looks there. */
function broughtFolders(): string[] {
  try {
    const main = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
    const nvidia = join(dirname(main), 'deps', 'nvidia');
    return readdirSync(nvidia).map((name) => join(nvidia, name, 'lib'));
  } catch {
    return [];
  }
}

/** Where the cuDNN lies that this process has opened: its parts are beside it. */
function folderOfCudnn(): string[] {
  try {
    const path = /(\/\S*)\/libcudnn\.so[^/\s]*$/m.exec(readFileSync('/proc/self/maps', 'utf8'));
    return path === null ? [] : [path[1]!];
  } catch {
    return [];
  }
}

/** ldconfig is often not on a user's path. */
function searchPath(): string {
  return [process.env.PATH ?? '', '/sbin', '/usr/sbin'].join(delimiter);
}
