import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import type { Progress } from '../../src/training/progress.ts';
import { type RunResult, run } from '../../src/training/run.ts';
import { StopRequest } from '../../src/training/signals.ts';
import { folderWith, randomText } from '../data/text/text-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const STEPS = 60;

function configOf(model: string, optimizer: string, clip: string): Config {
  return parseConfig(
    `name: resume
task: { name: adding, T: 8, train_size: 30, valid_size: 10, test_size: 10 }
model: ${model}
training: { steps: ${STEPS}, batch: 4, learning_rate: 0.01, optimizer: ${optimizer}, clip: ${clip} }
evaluate: { every: 13 }
checkpoint: { every: 17 }
`,
    'resume.yaml',
  );
}

/** One session on the native engine that is asked to stop at a step (or is not). */
async function session(config: Config, root: string, stopAt: number): Promise<RunResult> {
  const stopRequest = new StopRequest();
  const progress: Progress = {
    start() {},
    step: (step) => {
      if (step === stopAt) process.emit('SIGTERM', 'SIGTERM');
    },
    row() {},
    note() {},
    stop() {},
  };
  try {
    return await run(config, { root, fresh: false, progress, stopRequest });
  } finally {
    stopRequest.dispose();
  }
}

function resultOf({ directory, outcome }: RunResult) {
  const read = (name: string) => readFileSync(join(directory, name));
  return {
    metrics: read('metrics.csv').toString(),
    weights: read(outcome!.checkpoint),
    done: read('DONE.json'),
  };
}

const configs = fc
  .tuple(
    fc.constantFrom(
      '{ type: irnn, hidden: 6 }',
      '{ type: rnn_tanh, hidden: 6 }',
      '{ type: lstm, hidden: 6 }',
    ),
    fc.constantFrom(
      'sgd',
      '{ name: sgd, momentum: 0.9 }',
      'rmsprop',
      '{ name: rmsprop, momentum: 0.5 }',
      'adam',
    ),
    fc.constantFrom('null', '{ threshold: 0.1 }', '{ threshold: 0.01, mode: elementwise }'),
  )
  .map((parts) => configOf(...parts));

it('a run that is stopped at any steps ends with the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      configs,
      fc.uniqueArray(fc.integer({ min: 1, max: STEPS - 1 }), { maxLength: 4 }),
      async (config, stops) => {
        const whole = await session(config, temporaryFolder(), Number.NaN);
        const root = temporaryFolder();
        for (const stop of stops.sort((a, b) => a - b)) {
          expect((await session(config, root, stop)).outcome).toBeNull();
        }
        expect(resultOf(await session(config, root, Number.NaN))).toEqual(resultOf(whole));
      },
    ),
    { numRuns: 40 },
  );
});

it('states that a language model carries from batch to batch survive a stop after any of the first updates', async () => {
  const text = folderWith({
    'train.txt': randomText(1, 60),
    'valid.txt': randomText(2, 20),
    'test.txt': randomText(3, 20),
  });
  const config = parseConfig(
    `name: carried
task: { name: language_model, data: ${text}, unroll: 5 }
model: { type: lstm, hidden: 6, layers: 2, dropout: 0.2 }
training: { steps: 30, batch: 4, learning_rate: 0.5 }
evaluate: { every: 10 }
`,
    'carried.yaml',
  );
  const whole = resultOf(await session(config, temporaryFolder(), Number.NaN));
  const root = temporaryFolder();
  for (const stop of [1, 2, 17, 29]) expect((await session(config, root, stop)).outcome).toBeNull();
  expect(resultOf(await session(config, root, Number.NaN))).toEqual(whole);
});
