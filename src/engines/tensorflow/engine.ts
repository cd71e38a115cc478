import { cpus } from 'node:os';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { Engine, EngineInfo, TrainerOptions } from '../engine.ts';
import { refuseOtherPrecisions } from '../precision.ts';
import type { Availability, EngineRoom, EngineSettings, Examination } from '../room.ts';
import { relevantEnvironment } from './environment.ts';
import { type Found, findTensorflow } from './find.ts';

/** EngineInfo.numerics, on any device and with any of its recurrences. */
const NUMERICS = 2;

/** The engine over TensorFlow's operations, which @tensorflow/tfjs-node-gpu brings. */
export const tensorflow = {
  load,
  look,
  examine,
  pin: ({ device }) => ({ device: device === 'cuda' ? 'cuda' : 'cpu' }),
  numerics: () => NUMERICS,
} satisfies EngineRoom;

/**
 * `auto` takes a GPU if TensorFlow uses one. Throws UserError (69) when the package is not usable, or when CUDA is asked
 * for and TensorFlow computes on its CPU.
 */
async function load({ device = 'auto' }: EngineSettings = {}): Promise<Engine> {
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

async function look(): Promise<Availability> {
  const found = await findTensorflow();
  return found.kind === 'found'
    ? { available: true, gpu: found.gpu }
    : { available: false, reason: found.reason };
}

/** Without the package there is nothing wrong; a package that is there and does not work is a problem. */
async function examine(): Promise<Examination[]> {
  const found = await findTensorflow();
  if (found.kind !== 'found') {
    const ok = found.kind === 'not-installed' ? null : false;
    return [{ engine: null, ok, remark: `${found.reason}; ${found.advice}` }];
  }
  const engine = await engineOf(found);
  if (!found.gpu) return [{ engine, ok: null, remark: `on the CPU: ${await whyNoGpu(found)}` }];
  const { instructionSet, kernelReason } = engine.info;
  const kernels = kernelReason === undefined ? instructionSet : `${instructionSet}, because ${kernelReason}`;
  return [{ engine, ok: kernelReason === undefined, remark: `CUDA, ${kernels}` }];
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
  const info: EngineInfo = {
    engine: 'tensorflow',
    numerics: NUMERICS,
    device: gpu ? 'cuda' : `cpu (${cpus()[0]?.model.trim() ?? 'unknown'})`,
    instructionSet: recurrence.name,
    ...(reason !== null && { kernelReason: reason }),
    environment: relevantEnvironment(),
    threads: 1,
    versions,
  };
  const create = (options: TrainerOptions) => {
    refuseOtherPrecisions(info, options);
    return new TensorflowTrainer(device, recurrence, options);
  };
  return { info, create };
}
