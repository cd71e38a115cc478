import util from 'node:util';

/** What TensorFlow, CUDA's libraries and cuDNN read when they start. What the user has set stays. */
const SETTINGS: Readonly<Record<string, string>> = {
  // It comments on its build and, at every step, on batches of odd sizes.
  TF_CPP_MIN_LOG_LEVEL: '2',
  // It takes all of a GPU's memory otherwise.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // Products in full float32: TensorFloat-32 keeps 10 bits, too few for results to agree between engines.
  NVIDIA_TF32_OVERRIDE: '0',
  // With more than one size of workspace, cuBLAS and cuDNN's recurrent layers may add up in another order each time.
  CUBLAS_WORKSPACE_CONFIG: ':4096:8',
  // Sums of rows, as for an embedding, without atomics. TF_DETERMINISTIC_OPS would do this too, but refuses the softmax.
  TF_USE_DETERMINISTIC_SEGMENT_REDUCTIONS: '1',
  // At the sizes of this program's models, products are faster without oneDNN.
  TF_ENABLE_ONEDNN_OPTS: '0',
  // One thread a run, as for the native engine.
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
};

/** Further variables by which results, or where they are computed, may differ. */
const ALSO_OF_INTEREST = [
  'CUDA_VISIBLE_DEVICES',
  'CUDA_LAUNCH_BLOCKING',
  'LD_LIBRARY_PATH',
  'TF_DETERMINISTIC_OPS',
  'TF_CUDNN_RESET_RND_GEN_STATE',
];

/** Sets what is not set, and puts back what Node.js 23 removed and the package calls. To be called before it is loaded. */
export function prepareEnvironment(): void {
  for (const [name, value] of Object.entries(SETTINGS)) process.env[name] ??= value;
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/** The variables that matter for a run, as they are; those that are not set are left out. */
export function relevantEnvironment(): Readonly<Record<string, string>> {
  const names = [...Object.keys(SETTINGS), ...ALSO_OF_INTEREST];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
