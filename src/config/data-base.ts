import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { entryAt, type LocatedMap } from './located.ts';
import type { Config, TaskConfig } from './schema.ts';
import { factsOf } from './tasks.ts';

/** Whether `data` is a path that starts from some folder. */
export function isRelativeData(task: TaskConfig): boolean {
  return 'data' in task && task.data !== factsOf(task.name).builtInData && !isAbsolute(task.data);
}

/**
 * The config with the folder that a relative `task.data` starts from, so that a run finds its data from anywhere: the folder
 * of the file that says so, or the current one if there is nothing there or the shell says so.
 */
export function placeData(config: Config, root: LocatedMap): Config {
  const { task } = config;
  if (!('data' in task) || task.data_base !== undefined || !isRelativeData(task)) return config;
  const source = entryAt(root, ['task', 'data'])?.value.mark.source;
  const own = source?.kind === 'file' ? resolve(dirname(source.label)) : resolve('.');
  const isThere = (folder: string) => existsSync(resolve(folder, task.data));
  const base = !isThere(own) && isThere('.') ? resolve('.') : own;
  return { ...config, task: { ...task, data_base: base } };
}

/** The task with its data's whole path, for those who open it. */
export function withDataPath<Task extends TaskConfig>(task: Task): Task {
  if (!('data' in task) || task.data_base === undefined || !isRelativeData(task)) return task;
  return { ...task, data: resolve(task.data_base, task.data) };
}
