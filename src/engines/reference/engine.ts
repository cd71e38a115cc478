import type { Engine, EngineInfo, TrainerOptions } from '../engine.ts';
import { refuseOtherPrecisions } from '../precision.ts';
import type { Predictor } from '../predictions.ts';
import type { EngineRoom } from '../room.ts';

/** EngineInfo.numerics of its one set of kernels. */
const NUMERICS = 1;

interface ReferenceEngine extends Engine {
  create(options: TrainerOptions): Predictor;
}

/**
 * The reference engine: the model in TensorFlow.js operations on its plain JavaScript backend, differentiated
 * automatically. Slow and obvious; fast engines are tested against it. It executes every model, and its
 * trainers also predict one target at a time.
 */
export const reference = {
  load,
  look: () => ({ available: true, gpu: false }),
  examine: async () => [{ engine: await load(), ok: true, remark: null }],
  pin: () => ({}),
  numerics: () => NUMERICS,
} satisfies EngineRoom;

async function load(): Promise<ReferenceEngine> {
  const { ReferenceTrainer, startTensorflow } = await import('./trainer.ts');
  const versions = await startTensorflow();
  const info: EngineInfo = {
    engine: 'reference',
    device: 'cpu',
    instructionSet: 'javascript',
    numerics: NUMERICS,
    threads: 1,
    versions,
  };
  const create = (options: TrainerOptions) => {
    refuseOtherPrecisions(info, options);
    return new ReferenceTrainer(options);
  };
  return { info, create };
}
