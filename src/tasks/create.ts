import type { TaskConfig } from '../config/schema.ts';
import type { Task, TaskOptions } from './task.ts';

/** What src/tasks/<name>/task.ts exports. */
interface TaskModule {
  createTask(config: TaskConfig, options: TaskOptions): Task | Promise<Task>;
}

/**
 * Makes the task of a config. Reads its data files; throws UserError (65, 66, 78) when they are bad, missing or too few.
 * A task is found by its name, and loaded alone: pixel_mnist in pixel-mnist/task.ts.
 */
export async function createTask(config: TaskConfig, options: TaskOptions): Promise<Task> {
  const folder = config.name.replaceAll('_', '-');
  const module: TaskModule = await import(`./${folder}/task.ts`);
  return module.createTask(config, options);
}
