import type { Config } from '../config/schema.ts';
import { seedsOf } from '../config/seeds.ts';
import type { Trainer, TrainerOptions } from '../engines/engine.ts';
import { buildModel } from '../models/build.ts';
import { initialise } from '../models/initialise.ts';
import { softmaxSamples } from '../models/sampled-softmax.ts';
import type { Task } from '../tasks/task.ts';

/** A trainer with the config's model, freshly initialised, on no more than these cores. */
export function createTrainer<T extends Trainer>(
  engine: { create(options: TrainerOptions): T },
  config: Config,
  task: Task,
  cores: number,
): T {
  const model = buildModel(config.model, task.input, task.head);
  const { optimizer, clip, loss_reduction: lossReduction, batch: batchSize } = config.training;
  const seeds = seedsOf(config);
  const parameters = initialise(config.model, model, seeds.weights);
  return engine.create({
    model,
    optimizer,
    clip,
    lossReduction,
    batchSize,
    steps: task.steps,
    parameters,
    seed: seeds.order,
    cores,
    softmaxSamples: softmaxSamples(config.training.softmax_samples, model.head),
    precision: config.training.precision,
  });
}
