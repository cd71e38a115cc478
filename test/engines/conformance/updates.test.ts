/** Every engine's updates: each rule under each clip, on every cell and head; each field of the settings; what is skipped. */
import { describe, expect, test } from 'vitest';
import type { ClipSpec } from '../../../src/engines/engine.ts';
import { cellNames } from '../../../src/models/cells.ts';
import { ClassSampler } from '../../../src/models/sampled-softmax.ts';
import {
  batchOf,
  clips,
  describeOptimizer,
  heads,
  modelOf,
  optimizers,
  optionsOf,
  parametersOf,
  relativeError,
  type Shape,
} from '../fixtures.ts';
import { batchesOf, type Case, fields, optionsOfCase, small, tiny } from './cases.ts';
import { trainInDouble } from './double-training.ts';
import { once, trainingSums } from './expect.ts';
import { type Subject, subjects } from './subjects.ts';

const RATE = 0.02;
const UPDATES = 5;

/** Training follows the formulas: figures of each step, then how far parameters moved and what the rule remembers. */
function follow(one: Case): (subject: Subject) => void {
  const batches = batchesOf(one, UPDATES);
  const options = optionsOfCase(one);
  const double = once(() => trainInDouble(options, batches, RATE));
  return ({ engine }) => {
    const expected = double();
    const trainer = engine.create(options);
    for (const [n, batch] of batches.entries()) {
      const { loss, gradientNorm, clipped, skipped } = trainer.step(batch, RATE);
      const wanted = expected.steps[n]!;
      expect({ clipped, skipped }).toEqual({ clipped: wanted.clipped, skipped: false });
      expect(relativeError([loss], [wanted.loss]), `step ${n}`).toBeLessThan(2e-5);
      expect(relativeError([gradientNorm], [wanted.gradientNorm]), `step ${n}`).toBeLessThan(1e-4);
    }
    for (const [name, { data }] of trainer.parameters()) {
      const before = options.parameters.get(name)!.data;
      const moved = (to: ArrayLike<number>) => Array.from(to, (w, i) => w - before[i]!);
      const wanted = expected.parameters.get(name)!;
      expect(relativeError(data, wanted), name).toBeLessThan(1e-4);
      expect(relativeError(moved(data), moved(wanted)), name).toBeLessThan(2e-3);
    }
    const { slots, updates } = trainer.state();
    expect(updates).toBe(UPDATES);
    expect([...slots.keys()].sort()).toEqual([...expected.slots.keys()].sort());
    for (const [name, values] of expected.slots) {
      expect(relativeError(slots.get(name)!.data, values), name).toBeLessThan(1e-3);
    }
    trainer.dispose();
  };
}

const rules = optimizers.flatMap((optimizer) =>
  clips.map((clip) => ({
    optimizer,
    clip,
    name: `${describeOptimizer(optimizer)}, ${clip?.mode ?? 'no clip'}`,
  })),
);
const everyRule: Case[] = cellNames.flatMap((cell) =>
  heads.flatMap((head) =>
    rules.map(({ name, ...settings }): Case => {
      const named = `${cell}, ${head}, ${name}`;
      return { name: named, cell, head, ...small, settings: { ...settings, lossReduction: 'mean' } };
    }),
  ),
);
/** Few words of a vocabulary occur, so that most rows of its tables are not touched; the formulas know of no such rows. */
const sparse: Case[] = [null, 12].flatMap((softmaxSamples) =>
  rules.map(({ name, ...settings }): Case => {
    const named = `rows of tables, ${softmaxSamples} samples, ${name}`;
    return {
      ...tiny,
      name: named,
      words: 6,
      settings: { ...settings, softmaxSamples, lossReduction: 'mean' },
    };
  }),
);

describe.each([...everyRule, ...sparse, ...fields])('$name', (one) => {
  const followed = follow(one);
  test.each(subjects)('$name', followed);
});

test('every field makes a difference', () => {
  const trained = fields.map((one) => {
    const { parameters } = trainInDouble(optionsOfCase(one), batchesOf(one, 3), RATE);
    return [...parameters].map(([name, data]) => `${name} ${data}`).join();
  });
  for (const [i, { name }] of fields.entries()) expect(trained.indexOf(trained[i]!), name).toBe(i);
});

describe.each(subjects)('$name', ({ engine }) => {
  test('rows that a batch does not touch are left alone, to the bit', () => {
    const trainer = engine.create(optionsOf(tiny, { softmaxSamples: 12 }));
    const batch = batchOf({ ...tiny, words: 6 });
    const before = trainer.parameters();
    trainer.step(batch, 0.1);
    const after = trainer.parameters();
    const changed = (name: string) => {
      const [{ shape, data }, old] = [after.get(name)!, before.get(name)!.data];
      const rows = [...data.keys()]
        .filter((i) => data[i] !== old[i])
        .map((i) => Math.floor(i / (shape[1] ?? 1)));
      return new Set(rows);
    };
    const isRead = (_: number, n: number) => Math.floor(n / batch.size) < batch.lengths![n % batch.size]!;
    expect(changed('embedding.weight')).toEqual(
      new Set([...(batch.x_TIB as Int32Array).filter(isRead)].sort()),
    );
    const { classes } = new ClassSampler(1, tiny.O, 12).sample(0, batch.target as Int32Array);
    for (const name of ['head.weight', 'head.bias']) expect(changed(name)).toEqual(new Set(classes));
  });

  test.each(
    optimizers.flatMap((optimizer) =>
      clips.map((clip) => ({ optimizer, clip, name: `${describeOptimizer(optimizer)}, ${clip?.mode}` })),
    ),
  )('a gradient that is not finite is skipped, and nothing changes: $name', ({ optimizer, clip }) => {
    const shape: Shape = { cell: 'relu', head: 'softmax', everyStep: true, ...small };
    const trainer = engine.create(optionsOf(shape, { optimizer, clip }));
    trainer.step(batchOf(shape, { index: 0, carry: true }), RATE);
    const before = { parameters: trainer.parameters(), state: trainer.state() };
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
      const batch = batchOf(shape, { index: 1, carry: true });
      batch.x_TIB.fill(bad);
      expect(trainer.step(batch, RATE), `${bad}`).toMatchObject({ skipped: true, clipped: false });
    }
    const next = batchOf({ ...shape, head: 'softmax' }, { index: 2 });
    next.x_TIB[0] = Number.POSITIVE_INFINITY;
    expect(trainer.step(next, RATE).skipped).toBe(true);
    expect({ parameters: trainer.parameters(), state: trainer.state() }).toEqual(before);
  });

  const byNorm: ClipSpec = { mode: 'norm', threshold: 1 };
  const movedFrom = (
    before: ReturnType<typeof parametersOf>,
    after: ReturnType<typeof parametersOf>,
    rate: number,
  ) =>
    [...after].flatMap(([name, { data }]) =>
      Array.from(data, (w, i) => (before.get(name)!.data[i]! - w) / rate),
    );

  test('a gradient of 1e25 is clipped by its norm', () => {
    const huge: Shape = { cell: 'relu', head: 'regression', H: 8, B: 4, T: 3, I: 1, O: 1 };
    const options = optionsOf(huge, { clip: byNorm });
    const batch = batchOf(huge);
    batch.target.fill(1e25);
    const trainer = engine.create(options);
    const { skipped, gradientNorm } = trainer.step(batch, 1);
    expect(skipped).toBe(false);
    expect(gradientNorm).toBeGreaterThan(1e25);
    expect(Math.hypot(...movedFrom(options.parameters, trainer.parameters(), 1))).toBeCloseTo(1, 3);
  });

  test('follows the gradient: the loss and the norm of a step are those of its gradients', () => {
    const shape: Shape = { cell: 'tanh', head: 'regression', ...small };
    const trainer = engine.create(optionsOf(shape));
    const { loss, gradients } = trainer.gradients(batchOf(shape));
    const result = trainer.step(batchOf(shape), 0.1);
    expect(result).toMatchObject({ loss, clipped: false, skipped: false });
    const norm = Math.hypot(...[...gradients.values()].flatMap(({ data }) => [...data]));
    expect(relativeError([result.gradientNorm], [norm])).toBeLessThan(1e-6);
    for (const [name, { data }] of trainer.parameters()) {
      const expected = parametersOf(modelOf(shape))
        .get(name)!
        .data.map((p, i) => p - 0.1 * gradients.get(name)!.data[i]!);
      expect(relativeError(data, expected), name).toBeLessThan(1e-7);
    }
  });
});

/** Engines that rescale as they go keep a gradient whose components float32 cannot hold; the others skip it. */
const rescaling = subjects.filter(({ engine }) => ['native', 'wasm'].includes(engine.info.engine));
test.each(rescaling)('a gradient beyond the range of float is clipped by its norm: $name', ({ engine }) => {
  const explosive: Shape = { cell: 'relu', head: 'regression', H: 5, B: 4, T: 100, I: 1, O: 1 };
  const batch = batchOf(explosive);
  for (let i = 0; i < batch.x_TIB.length; i++) batch.x_TIB[i] = 1e-20 * Math.abs(batch.x_TIB[i]!);
  const options = optionsOf(explosive, { clip: { mode: 'norm', threshold: 1 } });
  const weights = (name: string) => options.parameters.get(name)!.data;
  weights('rnn.bias_ih_l0').fill(0);
  weights('rnn.weight_ih_l0').fill(1);
  weights('rnn.weight_hh_l0').fill(0.45);
  weights('head.weight').fill(1);
  const expected = [...trainingSums(options, batch).gradients.values()].flatMap((data) => [...data]);
  const norm = Math.hypot(...expected);
  expect(norm).toBeGreaterThan(1e40);
  const trainer = engine.create(options);
  // A rate so high that the weights before the update hardly blur what was subtracted.
  const result = trainer.step(batch, 1e9);
  expect(result).toMatchObject({ skipped: false, clipped: true });
  expect(relativeError([result.gradientNorm], [norm])).toBeLessThan(1e-4);
  const moved = [...trainer.parameters()].flatMap(([name, { data }]) =>
    Array.from(data, (w, i) => (weights(name)[i]! - w) / 1e9),
  );
  const clipped = expected.map((g) => g / norm);
  expect(relativeError(moved, clipped)).toBeLessThan(1e-4);
});
