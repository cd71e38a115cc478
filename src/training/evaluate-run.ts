import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { seedsOf } from '../config/seeds.ts';
import type { Preparation } from '../data/preparation.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { createTask } from '../tasks/create.ts';
import type { Metrics } from '../tasks/task.ts';
import { Breather } from './breather.ts';
import { checkpointSteps, readCheckpoint } from './checkpoint.ts';
import { createTrainer } from './create-trainer.ts';
import { evaluate } from './evaluate.ts';
import { type RunFiles, readRunFiles } from './results.ts';
import { loadRunEngine } from './run.ts';
import { runPaths, summariseRun } from './run-directory.ts';
import { StopRequest } from './signals.ts';
import { judgeAll } from './stop-rule.ts';

/**
 * Scores a checkpoint of a run on a split: by default the best one, if the run keeps it, or else the newest.
 * Throws UserError: 65 a damaged checkpoint or an edited config, 66 no run or no checkpoint there, 69 engine not available,
 * or the signal's code if the process is asked to stop.
 */
export async function evaluateRun(
  directory: string,
  split: 'valid' | 'test',
  step?: number,
  preparation?: Preparation,
): Promise<{ run: string; step: number; split: string; metrics: Metrics; dataNote: string | null }> {
  summariseRun(directory); // throws unless it is a run
  const files = readRunFiles(directory);
  const config = parseConfig(files.config, runPaths(directory).config);
  const { parameters, state, loop } = readCheckpoint(directory, step ?? bestStep(directory, config, files));
  const engine = await loadRunEngine(config, directory);
  const task = await createTask(config.task, {
    seeds: seedsOf(config),
    batchSize: config.training.batch,
    ...(preparation && { preparation }),
  });
  const trainer = createTrainer(engine, config, task);
  const stopRequest = new StopRequest();
  try {
    trainer.load(parameters, state);
    const metrics = await evaluate(trainer, task, split, new Breather(stopRequest));
    if (metrics === null)
      throw new UserError(stopRequest.exitCode!, 'stopped before all sequences were scored');
    return { run: directory, step: loop.step, split, metrics, dataNote: task.dataNote };
  } finally {
    stopRequest.dispose();
    trainer.dispose();
  }
}

/** The best step by a stop rule with patience, which keeps its checkpoint, or else the newest. */
function bestStep(directory: string, { stop }: Config, files: RunFiles): number {
  const [newest] = checkpointSteps(directory);
  if (newest === undefined) throw new UserError(ExitCode.missingInput, `${directory}: no checkpoint yet`);
  const rows = files.rows.filter(({ step }) => step! <= newest);
  return judgeAll(stop, rows).best?.step ?? newest;
}
