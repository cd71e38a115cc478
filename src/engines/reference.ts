import type { ModelSpec } from '../models/spec.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { Engine } from './engine.ts';

/**
 * The reference engine: the model in TensorFlow.js operations on its plain JavaScript backend, differentiated
 * automatically. Slow and obvious; fast engines are tested against it. It executes one layer in one direction
 * over dense features, with a head after the last step: the models of the paper's sections 4.1 and 4.2.
 */
export async function loadReferenceEngine(): Promise<Engine> {
  const { ReferenceTrainer, startTensorflow } = await import('./reference-trainer.ts');
  const info = await startTensorflow();
  return {
    info,
    create(options) {
      const obstacle = unsupported(options.model);
      if (obstacle !== null) {
        throw new UserError(ExitCode.badConfig, `the reference engine cannot execute ${obstacle}`);
      }
      return new ReferenceTrainer(options);
    },
  };
}

/** What keeps the engine from executing a model, or null. */
function unsupported(model: ModelSpec): string | null {
  if (model.input.kind !== 'features') return 'token inputs; it takes dense features';
  if (model.layers.length !== 1) return `${model.layers.length} recurrent layers; it takes one`;
  if (model.layers[0]?.bidirectional) return 'a bidirectional layer';
  if (model.projection !== null) return 'a projection before the head';
  if (model.head.at !== 'last-step') return 'a head at every step; it takes one after the last';
  return null;
}
