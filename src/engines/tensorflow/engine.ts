/** The front of this room: nothing outside imports another of its files. */
import { cpus } from 'node:os';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { Engine } from '../engine.ts';
import { relevantEnvironment } from './environment.ts';
import { type Absent, type Found, findTensorflow } from './find.ts';

export { type Absent, type Found, findTensorflow };

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
    throw new UserError(
      ExitCode.unavailable,
      `engine.device is cuda, but TensorFlow computes on the CPU here: ${await whyNoGpu(found)}.\n` +
        'Set engine.device to cpu to run there, or use the native engine, which is faster on a CPU.',
    );
  }
  if (device === 'cpu' && found.gpu) {
    throw new Error('TensorFlow was started on a GPU in this process and cannot move to the CPU');
  }
  return engineOf(found);
}

/** What there is to say of the engine on this machine, for `doctor`. */
export interface Examination {
  readonly engine: Engine;
  readonly gpu: boolean;
  /** Where it computes and with which kernels; where not on a GPU or not by cuDNN, why. */
  readonly place: string;
}

export async function examineTensorflow(): Promise<Absent | Examination> {
  const found = await findTensorflow();
  if (found.kind !== 'found') return found;
  const engine = await engineOf(found);
  const { instructionSet, kernelReason } = engine.info;
  const { gpu } = found;
  const kernels = kernelReason === undefined ? instructionSet : `${instructionSet}, because ${kernelReason}`;
  return { engine, gpu, place: gpu ? `CUDA, ${kernels}` : `on the CPU: ${await whyNoGpu(found)}` };
}

async function whyNoGpu({ binding }: Found): Promise<string> {
  const { explainNoGpu } = await import('./cuda-libraries.ts');
  return explainNoGpu(binding.TF_Version);
}

/** The engine on a TensorFlow that was found. Where a part of cuDNN is missing, trying it would end the process. */
async function engineOf(found: Found): Promise<Engine> {
  if (!found.gpu) return engineOn(found);
  const { explainMissingParts } = await import('./cuda-libraries.ts');
  return engineOn(found, explainMissingParts(found.binding.TF_Version));
}

/** The engine on a binding. `withoutCudnn` says why cuDNN is not to be tried. */
export async function engineOn(
  { binding, gpu, versions }: Omit<Found, 'kind'>,
  withoutCudnn: string | null = null,
): Promise<Engine> {
  const [{ Device }, { TensorflowTrainer }, { chooseRecurrence }] = await Promise.all([
    import('./device.ts'),
    import('./trainer.ts'),
    import('./choose-recurrence.ts'),
  ]);
  const device = new Device(binding);
  const { recurrence, reason } = chooseRecurrence(device, gpu ? withoutCudnn : 'cuDNN needs a GPU');
  return {
    info: {
      engine: 'tensorflow',
      numerics: 2,
      device: gpu ? 'cuda' : `cpu (${cpus()[0]?.model.trim() ?? 'unknown'})`,
      instructionSet: recurrence.name,
      ...(reason !== null && { kernelReason: reason }),
      environment: relevantEnvironment(),
      threads: 1,
      versions,
    },
    create: (options) => new TensorflowTrainer(device, recurrence, options),
  };
}
