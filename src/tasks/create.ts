import type { TaskConfig } from '../config/schema.ts';
import type { Seeds } from '../config/seeds.ts';
import { type Preparation, unwatched } from '../data/preparation.ts';
import type { Task } from './task.ts';

export interface TaskOptions {
  readonly seeds: Pick<Seeds, 'data' | 'order'>;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
  /** Who watches data being made ready, which takes a while at a corpus's first use. */
  readonly preparation?: Preparation;
}

/** Makes the task of a config. Reads its data files; throws UserError (65, 66, 78) when they are bad, missing or too few. */
export async function createTask(config: TaskConfig, { seeds, ...rest }: TaskOptions): Promise<Task> {
  const options = { seed: seeds.order, ...rest };
  if (config.name === 'adding') {
    const { AddingTask } = await import('./adding.ts');
    return new AddingTask(config, { seeds, ...rest });
  }
  if (config.name === 'language_model') {
    const { createLanguageModel } = await import('./language-model.ts');
    return createLanguageModel(config, options);
  }
  if (config.name === 'phone_frames') {
    const { PhoneFramesTask } = await import('./phone-frames.ts');
    return PhoneFramesTask.load(config, { preparation: unwatched, ...options });
  }
  const { PixelMnistTask } = await import('./pixel-mnist.ts');
  return new PixelMnistTask(config, options);
}
