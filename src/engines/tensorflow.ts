import { cpus } from 'node:os';
import { ExitCode, UserError } from '../support/errors.ts';
import type { Engine } from './engine.ts';
import { type Found, findTensorflow } from './tensorflow/find.ts';

export interface TensorflowOptions {
  /** `auto` takes a GPU if TensorFlow uses one. */
  readonly device: 'auto' | 'cuda' | 'cpu';
}

/**
 * The engine over TensorFlow's operations, which @tensorflow/tfjs-node-gpu brings. Throws UserError (69) when the package
 * is not usable, or when CUDA is asked for and TensorFlow computes on its CPU.
 */
export async function loadTensorflowEngine({ device }: TensorflowOptions): Promise<Engine> {
  // TensorFlow cannot be told afterwards to leave a GPU alone.
  if (device === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  const found = await findTensorflow();
  if (found.kind !== 'found') {
    throw new UserError(
      ExitCode.unavailable,
      `the tensorflow engine is not available: ${found.reason}\n${found.advice}; or use the native engine.`,
    );
  }
  if (device === 'cuda' && !found.gpu) {
    const { explainNoGpu } = await import('./tensorflow/cuda-libraries.ts');
    throw new UserError(
      ExitCode.unavailable,
      `engine.device is cuda, but TensorFlow computes on the CPU here: ${explainNoGpu()}.\n` +
        'Set engine.device to cpu to run there, or use the native engine, which is faster on a CPU.',
    );
  }
  if (device === 'cpu' && found.gpu) {
    throw new Error('TensorFlow was started on a GPU in this process and cannot move to the CPU');
  }
  return engineOn(found);
}

/** The engine on a TensorFlow that was found. */
export async function engineOn({ binding, gpu, versions }: Omit<Found, 'kind'>): Promise<Engine> {
  const [{ Device }, { TensorflowTrainer }, { chooseRecurrence }] = await Promise.all([
    import('./tensorflow/device.ts'),
    import('./tensorflow/trainer.ts'),
    import('./tensorflow/choose-recurrence.ts'),
  ]);
  const device = new Device(binding);
  const recurrence = chooseRecurrence(device);
  return {
    info: {
      engine: 'tensorflow',
      device: gpu ? 'cuda' : `cpu (${cpus()[0]?.model.trim() ?? 'unknown'})`,
      instructionSet: recurrence.name,
      numerics: 1,
      threads: 1,
      versions,
    },
    create: (options) => new TensorflowTrainer(device, recurrence, options),
  };
}
