import type { TaskConfig } from '../config/schema.ts';
import type { Task } from './task.ts';

export interface TaskOptions {
  /** The run's seed: it decides synthetic data and the training order. */
  readonly seed: number;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
}

/** Makes the task of a config. Reads its data files; throws UserError (65, 66, 78) when they are bad, missing or too few. */
export async function createTask(config: TaskConfig, options: TaskOptions): Promise<Task> {
  if (config.name === 'adding') {
    const { AddingTask } = await import('./adding.ts');
    return new AddingTask(config, options);
  }
  if (config.name === 'language_model') {
    const { createLanguageModel } = await import('./language-model.ts');
    return createLanguageModel(config, options);
  }
  const { PixelMnistTask } = await import('./pixel-mnist.ts');
  return new PixelMnistTask(config, options);
}
