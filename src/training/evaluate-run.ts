import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { seedsOf } from '../config/seeds.ts';
import type { Preparation } from '../data/dataset.ts';
import { loadPredictingEngine } from '../engines/registry.ts';
import { grantedCores } from '../support/cores.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { createTask, type Metrics } from '../tasks/task.ts';
import { bestKept, bestMetric } from './best.ts';
import { checkpointSteps, readCheckpoint } from './checkpoint.ts';
import { createTrainer } from './create-trainer.ts';
import { evaluate } from './evaluate.ts';
import { type Prediction, predictSplit } from './predict.ts';
import { type RunFiles, readRunFiles } from './results.ts';
import { loadRunEngine } from './run.ts';
import { runPaths, summariseRun } from './run-directory.ts';
import { Breather, StopRequest } from './signals.ts';

/** A checkpoint of a run: the best one, the newest, or that of a step. */
type CheckpointChoice = 'best' | 'last' | number;

export interface EvaluateOptions {
  /** By default the best one, if the run keeps it, or else the newest. */
  readonly checkpoint?: CheckpointChoice | undefined;
  readonly preparation?: Preparation;
  /** Also every prediction, by the reference engine: others give sums alone. */
  readonly predictions?: boolean;
}

export interface Evaluation {
  readonly run: string;
  readonly step: number;
  readonly split: string;
  readonly metrics: Metrics;
  readonly dataNote: string | null;
}

/**
 * Scores a checkpoint of a run on a split. The predictions are null unless they are asked for.
 * Throws UserError: 65 a damaged checkpoint or an edited config, 66 no run or no checkpoint there, 69 engine not available,
 * or the signal's code if the process is asked to stop.
 */
export async function evaluateRun(
  directory: string,
  split: 'valid' | 'test',
  { checkpoint, preparation, predictions = false }: EvaluateOptions = {},
): Promise<{ readonly evaluation: Evaluation; readonly predictions: readonly Prediction[] | null }> {
  summariseRun(directory); // throws unless it is a run
  const files = readRunFiles(directory);
  const config = parseConfig(files.config, runPaths(directory).config);
  const step = typeof checkpoint === 'number' ? checkpoint : chosenStep(directory, config, files, checkpoint);
  const { parameters, state, loop } = readCheckpoint(directory, step);
  const engine = await loadRunEngine(config, directory);
  const task = await createTask(config.task, {
    seeds: seedsOf(config),
    batchSize: config.training.batch,
    ...(preparation && { preparation }),
  });
  const cores = grantedCores();
  const trainer = createTrainer(engine, config, task, cores);
  const predictor = predictions ? createTrainer(await loadPredictingEngine(), config, task, cores) : null;
  const stopRequest = new StopRequest();
  try {
    trainer.load(parameters, state);
    predictor?.load(parameters, state);
    const breather = new Breather(stopRequest);
    const metrics = await evaluate(trainer, task, split, breather);
    const rows = metrics && predictor && (await predictSplit(predictor, task, split, breather));
    if (metrics === null || (predictor !== null && rows === null))
      throw new UserError(stopRequest.exitCode!, 'stopped before all sequences were scored');
    const evaluation = { run: directory, step: loop.step, split, metrics, dataNote: task.dataNote };
    return { evaluation, predictions: rows };
  } finally {
    stopRequest.dispose();
    trainer.dispose();
    predictor?.dispose();
  }
}

/** The step of the best or the newest checkpoint. Throws UserError (66) if there is none. */
function chosenStep(
  directory: string,
  config: Config,
  { rows }: RunFiles,
  choice: 'best' | 'last' | undefined,
): number {
  const missing = (why: string) => new UserError(ExitCode.missingInput, `${directory}: ${why}`);
  const steps = checkpointSteps(directory);
  const [newest] = steps;
  if (newest === undefined) throw missing('no checkpoint yet');
  if (choice === 'last') return newest;
  const best = bestKept(config, rows, steps)?.step;
  if (best === undefined && choice === 'best') {
    throw missing(
      bestMetric(config) === null
        ? 'keeps no best checkpoint; set checkpoint.best in its config, or take --checkpoint last'
        : 'no evaluation has a checkpoint yet; take --checkpoint last',
    );
  }
  return best ?? newest;
}
