/** Threads share a training step: they must not change a bit of it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { tiny } from './conformance/cases.ts';
import { batchOf, cells, optimizers, optionsOf, type Shape } from './fixtures.ts';
import { engineOn, nativeSets } from './native-sets.ts';

const sizes = { T: 5, B: 19, I: 3, H: 61, O: 5 };
const shapes = cells.flatMap((cell): (Shape & { name: string })[] => [
  { name: 'last step', cell, head: 'regression', ...sizes },
  {
    name: 'a stack in both directions',
    cell,
    head: 'softmax',
    everyStep: true,
    layers: 2,
    bidirectional: true,
    ...sizes,
  },
  {
    name: 'everything',
    cell,
    head: 'softmax',
    everyStep: true,
    layers: 2,
    projection: 7,
    vocabulary: 11,
    dropout: 0.3,
    uneven: true,
    ...sizes,
  },
]);

test.each(nativeSets.flatMap((set) => shapes.map((shape) => ({ set, ...shape }))))(
  '$set, $cell, $name: one, two and three threads',
  ({ set, ...shape }) => {
    const results = [1, 2, 3].map((threads) => {
      const engine = engineOn(set, threads);
      const options = { optimizer: optimizers[3]!, clip: { mode: 'norm', threshold: 0.05 } as const };
      const trainer = engine.create(optionsOf(shape, options));
      const steps = [0, 1, 2].map((index) => trainer.step(batchOf(shape, { index }), 0.01));
      const result = [
        engine.info.threads,
        steps,
        trainer.parameters(),
        trainer.evaluate(batchOf({ ...shape, B: 70 })),
      ];
      trainer.dispose();
      return result;
    });
    expect(results.map(([threads]) => threads)).toEqual([1, 2, 3]);
    for (const [, ...result] of results) expect(result).toEqual(results[0]!.slice(1));
  },
);

test.each(nativeSets.flatMap((set) => [null, 90].map((softmaxSamples) => ({ set, softmaxSamples }))))(
  '$set, a language model, $softmaxSamples samples: one, two and three threads',
  ({ set, softmaxSamples }) => {
    const shape: Shape = { ...tiny, O: 700, T: 12, B: 37, projection: 7 };
    const results = [1, 2, 3].map((threads) => {
      const options = optionsOf(shape, { softmaxSamples, clip: { mode: 'norm', threshold: 0.05 } });
      const trainer = engineOn(set, threads).create(options);
      const steps = [0, 1, 2].map((index) => trainer.step(batchOf(shape, { index }), 0.1));
      const result = { steps, parameters: trainer.parameters(), scores: trainer.evaluate(batchOf(shape)) };
      trainer.dispose();
      return result;
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  },
);

test.skipIf(process.platform !== 'linux')('threads and memory end with their trainer', () => {
  const resident = (): { kilobytes: number; threads: number } => {
    const status = readFileSync('/proc/self/status', 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)![1]);
    return { kilobytes: field('VmRSS'), threads: field('Threads') };
  };
  const shape: Shape = { ...shapes[2]!, T: 60, H: 200 };
  const engine = nativeRoom.load({ instruction_set: 'auto', threads: 3 });
  const batch = batchOf(shape);
  const live = () => {
    const trainer = engine.create(optionsOf(shape));
    trainer.gradients(batch);
    trainer.evaluate(batch);
    trainer.dispose();
  };
  for (let i = 0; i < 3; i++) live();
  const before = resident();
  for (let i = 0; i < 20; i++) live();
  const after = resident();
  expect(after.threads).toBe(before.threads);
  // A trainer takes some 20 MB: twenty that leaked would show.
  expect(after.kilobytes - before.kilobytes).toBeLessThan(150_000);
});
