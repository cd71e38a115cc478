import type { Engine } from './engine.ts';

/**
 * The reference engine: the model in TensorFlow.js operations on its plain JavaScript backend, differentiated
 * automatically. Slow and obvious; fast engines are tested against it. It executes every model.
 */
export async function loadReferenceEngine(): Promise<Engine> {
  const { ReferenceTrainer, startTensorflow } = await import('./reference-trainer.ts');
  const info = await startTensorflow();
  return { info, create: (options) => new ReferenceTrainer(options) };
}
