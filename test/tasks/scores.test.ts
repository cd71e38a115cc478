/** What a task makes of an engine's scores, over its own batches: the native engine against the reference. */
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { seedsOf } from '../../src/config/seeds.ts';
import { metricsOf, taskNames } from '../../src/config/tasks.ts';
import { UNSCORED } from '../../src/models/batch.ts';
import { createTask } from '../../src/tasks/task.ts';
import { createTrainer } from '../../src/training/create-trainer.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { loadRunEngine } from '../../src/training/run.ts';
import { Breather } from '../../src/training/signals.ts';
import { folderOf, goodFiles } from '../data/mnist-files.ts';
import { smallCorpus, writeTree } from '../data/speech/corpus-files.ts';
import { folderWith, randomText } from '../data/text/text-files.ts';
import { relativeError } from '../engines/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';

// Sentences of 1 to 13 words in batches of 32; the stream of a split does not fill its last batch either.
const text = () =>
  folderWith({
    'train.txt': randomText(1, 80, 6),
    'valid.txt': randomText(2, 75, 6),
    'test.txt': randomText(3, 41, 6),
  });
function speech(): string {
  const folder = temporaryFolder();
  writeTree(folder, smallCorpus());
  return folder;
}

const tasks = {
  adding: () => '{ name: adding, T: 6, train_size: 40, valid_size: 300, test_size: 9 }',
  pixels: () => `{ name: pixel_mnist, data: ${folderOf(goodFiles())}, valid_size: 4 }`,
  sentences: () => `{ name: language_model, data: ${text()}, context: sentence }`,
  stream: () => `{ name: language_model, data: ${text()}, context: stream, unroll: 7 }`,
  frames: () => `{ name: phone_frames, data: ${speech()}, targets: folded }`,
};

async function scoresOn(engine: 'native' | 'reference', task: string) {
  const set = [
    'name=tiny',
    `task=${task}`,
    // Weights of some size, so that the most probable class is not the same everywhere.
    'model={ type: irnn, hidden: 9, input_std: 0.5, output_std: 2, scale: 0.8 }',
    'training={ steps: 1, batch: 4, learning_rate: 0.1 }',
    'evaluate={ every: 1 }',
    `engine.name=${engine}`,
  ];
  const config = parseConfig('{}\n', 'scores', { set });
  const made = await createTask(config.task, { seeds: seedsOf(config), batchSize: config.training.batch });
  const trainer = createTrainer(await loadRunEngine(config, null), config, made, 1);
  try {
    const breather = new Breather({ exitCode: null });
    const valid = await evaluate(trainer, made, 'valid', breather);
    const test = await evaluate(trainer, made, 'test', breather);
    const metrics = metricsOf(config.task).map(({ name }) => name);
    expect(Object.keys(made.baseline)).toEqual(metrics);
    return { task: made, metrics, valid, test };
  } finally {
    trainer.dispose();
  }
}

test('no task is left out below', () => {
  const named = Object.values(tasks).map((make) => /name: (\w+)/.exec(make())![1]);
  expect([...new Set(named)].sort()).toEqual([...taskNames].sort());
});

test.each(Object.entries(tasks))('every metric of %s is the same on both engines', async (name, makeTask) => {
  const task = makeTask();
  const [native, reference] = [await scoresOn('native', task), await scoresOn('reference', task)];
  for (const split of ['valid', 'test'] as const) {
    const expected = reference[split]!;
    expect(Object.keys(native[split]!)).toEqual(reference.metrics);
    for (const metric of reference.metrics) {
      const found = native[split]![metric]!;
      if (Number.isNaN(expected[metric])) expect(found, metric).toBeNaN();
      else expect(relativeError([found], [expected[metric]!]), `${split} ${metric}`).toBeLessThan(1e-5);
    }
  }
  // Without steps that aren't scored, the two could not differ in what they count.
  const unscored = Array.from({ length: native.task.batches('valid') }, (_, index) =>
    native.task.batch('valid', index).target.includes(UNSCORED),
  );
  if (['sentences', 'stream', 'frames'].includes(name)) expect(unscored).toContain(true);
});
