import type { Config } from '../config/schema.ts';
import { seedsOf } from '../config/seeds.ts';
import { grantedCores } from '../support/cores.ts';
import { createTask } from '../tasks/task.ts';
import { createTrainer } from '../training/create-trainer.ts';
import { loadRunEngine } from '../training/run.ts';
import type { Speed } from './speeds.ts';

const WARM_UP_STEPS = 3;
const BLOCKS = 5;
const BLOCK_MS = 60;

/**
 * Times a few steps and one evaluation batch of a config in this process, and spreads the evaluations over the steps
 * between them. The fastest of several blocks counts, because other programs only ever slow a block down.
 */
export async function measureSpeed(config: Config): Promise<Speed> {
  const begin = performance.now();
  const engine = await loadRunEngine(config, null);
  const task = await createTask(config.task, { seeds: seedsOf(config), batchSize: config.training.batch });
  const trainer = createTrainer(engine, config, task, grantedCores());
  try {
    let step = 0;
    const oneStep = () => void trainer.step(task.batch('train', step++), 0);
    oneStep(); // the training data is made now
    const startMs = performance.now() - begin;
    for (let i = 0; i < WARM_UP_STEPS; i++) oneStep();
    const msStep = fastest(oneStep);
    const evaluation = (['valid', 'test'] as const).reduce((ms, split) => {
      const batch = task.batch(split, 0);
      return ms + task.batches(split) * fastest(() => void trainer.evaluate(batch));
    }, 0);
    return { ms: msStep + evaluation / config.evaluate.every, startMs, runs: 0 };
  } finally {
    trainer.dispose();
  }
}

function fastest(once: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let block = 0; block < BLOCKS; block++) {
    const start = performance.now();
    let count = 0;
    do {
      once();
      count += 1;
    } while (performance.now() - start < BLOCK_MS);
    best = Math.min(best, (performance.now() - start) / count);
  }
  return best;
}
