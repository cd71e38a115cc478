import { describe, expect, it } from 'vitest';
import type { ClipSpec, OptimizerSpec } from '../../src/engines/engine.ts';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { type DoubleParameters, doubleGradients, toDouble } from './double-reference.ts';
import { batchOf, modelOf, optionsOf, parametersOf, relativeError, type Shape, select } from './fixtures.ts';
import { engineOn, kernelSets } from './kernel-sets.ts';

const sets = kernelSets;
const shape: Shape = { cell: 'lstm', head: 'regression', H: 13, B: 5, T: 8, I: 2, O: 2 };
const rate = 0.02;

/** The update rules in double precision, one component at a time; `n` counts updates from 1. */
function expectedUpdate(rule: OptimizerSpec, w: number, g: number, slots: number[], n: number): number {
  switch (rule.name) {
    case 'sgd':
      slots[0] = n === 1 ? g : rule.momentum * slots[0]! + g;
      return w - rate * slots[0]!;
    case 'rmsprop': {
      slots[0] = rule.decay * slots[0]! + (1 - rule.decay) * g * g;
      const d = g / (Math.sqrt(slots[0]!) + rule.epsilon);
      slots[1] = rule.momentum * slots[1]! + d;
      return w - rate * (rule.momentum === 0 ? d : slots[1]!);
    }
    case 'adam': {
      slots[0] = rule.beta1 * slots[0]! + (1 - rule.beta1) * g;
      slots[1] = rule.beta2 * slots[1]! + (1 - rule.beta2) * g * g;
      const m = slots[0]! / (1 - rule.beta1 ** n);
      const v = slots[1]! / (1 - rule.beta2 ** n);
      return w - (rate * m) / (Math.sqrt(v) + rule.epsilon);
    }
  }
}

/** Trains in double precision; returns the parameters and the last step's loss and gradient norm. */
function trainInDouble(rule: OptimizerSpec, clip: ClipSpec | null, steps: number) {
  const parameters: DoubleParameters = toDouble(parametersOf(modelOf(shape)));
  const slots = new Map([...parameters].map(([name, data]) => [name, Array.from(data, () => [0, 0])]));
  let loss = 0;
  let norm = 0;
  for (let n = 1; n <= steps; n++) {
    const result = doubleGradients(modelOf(shape), parameters, batchOf(shape));
    loss = result.loss;
    norm = Math.hypot(...[...result.gradients.values()].flatMap((data) => [...data]));
    for (const [name, data] of parameters) {
      for (let i = 0; i < data.length; i++) {
        let g = result.gradients.get(name)![i]!;
        if (clip?.mode === 'norm' && norm > clip.threshold) g *= clip.threshold / norm;
        if (clip?.mode === 'elementwise') g = Math.max(-clip.threshold, Math.min(clip.threshold, g));
        data[i] = expectedUpdate(rule, data[i]!, g, slots.get(name)![i]!, n);
      }
    }
  }
  return { parameters, loss, norm };
}

const rules: OptimizerSpec[] = [
  { name: 'sgd', momentum: 0 },
  { name: 'sgd', momentum: 0.9 },
  { name: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0 },
  { name: 'rmsprop', decay: 0.9, epsilon: 1e-3, momentum: 0.5 },
  { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
];
const clips: (ClipSpec | null)[] = [
  null,
  { mode: 'norm', threshold: 0.5 },
  { mode: 'elementwise', threshold: 0.05 },
];

describe.each(sets)('native training (%s)', (instructionSet) => {
  const engine = engineOn(instructionSet);

  for (const optimizer of rules) {
    for (const clip of clips) {
      it(`${JSON.stringify(optimizer)} with clip ${JSON.stringify(clip)} follows the formulas`, () => {
        const steps = 4;
        const expected = trainInDouble(optimizer, clip, steps);
        const trainer = engine.create(optionsOf(shape, { optimizer, clip }));
        const batch = batchOf(shape);
        let result = trainer.step(batch, rate);
        for (let n = 2; n <= steps; n++) result = trainer.step(batch, rate);

        expect(relativeError([result.loss], [expected.loss])).toBeLessThan(1e-4);
        expect(relativeError([result.gradientNorm], [expected.norm])).toBeLessThan(1e-4);
        expect(result.clipped).toBe(clip !== null);
        expect(trainer.state().updates).toBe(steps);
        const before = parametersOf(modelOf(shape));
        for (const [name, { data }] of trainer.parameters()) {
          const moved = (to: ArrayLike<number>) => Array.from(to, (w, i) => w - before.get(name)!.data[i]!);
          expect(relativeError(moved(data), moved(expected.parameters.get(name)!)), name).toBeLessThan(2e-3);
        }
        trainer.dispose();
      });
    }
  }

  it('repeats bit for bit, and continues bit for bit from saved state', () => {
    const optimizer: OptimizerSpec = { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const options = optionsOf(shape, { optimizer });
    const batch = batchOf(shape);
    const train = (steps: number) => {
      const trainer = engine.create(options);
      for (let n = 0; n < steps; n++) trainer.step(batch, rate);
      return trainer;
    };
    const whole = train(6).parameters();
    expect(train(6).parameters()).toEqual(whole);
    const half = train(3);
    const resumed = engine.create(options);
    resumed.load(half.parameters(), half.state());
    for (let n = 0; n < 3; n++) resumed.step(batch, rate);
    expect(resumed.parameters()).toEqual(whole);
  });

  it.each(clips)('skips an update with a gradient that is not finite, clip %o', (clip) => {
    const optimizer: OptimizerSpec = { name: 'rmsprop', decay: 0.9, epsilon: 1e-8, momentum: 0.5 };
    const trainer = engine.create(optionsOf({ ...shape, cell: 'relu' }, { optimizer, clip }));
    trainer.step(batchOf(shape), rate);
    const parameters = trainer.parameters();
    const state = trainer.state();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
      const batch = batchOf(shape);
      batch.x_TIB.fill(bad);
      const result = trainer.step(batch, rate);
      expect(result.skipped, `${bad}`).toBe(true);
      expect(result.clipped).toBe(false);
    }
    expect(trainer.parameters()).toEqual(parameters);
    expect(trainer.state()).toEqual(state);
  });

  it('clips a gradient of 1e25 by its norm', () => {
    const clip: ClipSpec = { mode: 'norm', threshold: 1 };
    const huge: Shape = { cell: 'relu', head: 'regression', H: 8, B: 4, T: 3, I: 1, O: 1 };
    const trainer = engine.create(optionsOf(huge, { clip }));
    const batch = batchOf(huge);
    batch.target.fill(1e25);
    const before = trainer.parameters();
    const result = trainer.step(batch, 1);
    expect(result.skipped).toBe(false);
    expect(result.gradientNorm).toBeGreaterThan(1e25);
    const moved = [...trainer.parameters()].flatMap(([name, { data }]) =>
      Array.from(data, (w, i) => w - before.get(name)!.data[i]!),
    );
    expect(Math.hypot(...moved)).toBeCloseTo(1, 3);
  });

  it('clips a gradient beyond the range of float by its norm', () => {
    const clip: ClipSpec = { mode: 'norm', threshold: 1 };
    const explosive: Shape = { cell: 'relu', head: 'regression', H: 5, B: 4, T: 100, I: 1, O: 1 };
    const batch = batchOf(explosive);
    for (let i = 0; i < batch.x_TIB.length; i++) batch.x_TIB[i] = 1e-20 * Math.abs(batch.x_TIB[i]!);
    const options = optionsOf(explosive, { clip });
    const weights = (name: string) => options.parameters.get(name)!.data;
    weights('rnn.bias_ih_l0').fill(0);
    weights('rnn.weight_ih_l0').fill(1);
    weights('rnn.weight_hh_l0').fill(0.45);
    weights('head.weight').fill(1);
    const { gradients } = doubleGradients(modelOf(explosive), toDouble(options.parameters), batch);
    const expected = [...gradients.values()].flatMap((data) => [...data]);
    const norm = Math.hypot(...expected);
    expect(norm).toBeGreaterThan(1e40);

    const trainer = engine.create(options);
    // A rate so high that the weights before the update hardly blur what was subtracted.
    const result = trainer.step(batch, 1e9);
    expect(result.skipped).toBe(false);
    expect(result.clipped).toBe(true);
    expect(relativeError([result.gradientNorm], [norm])).toBeLessThan(1e-4);
    const moved = [...trainer.parameters()].flatMap(([name, { data }]) =>
      Array.from(data, (w, i) => (weights(name)[i]! - w) / 1e9),
    );
    const clipped = expected.map((g) => g / norm);
    expect(relativeError(moved, clipped)).toBeLessThan(1e-4);
  });

  it.each(['relu', 'tanh', 'lstm'] as const)('%s: lanes beyond the batch contribute nothing', (cell) => {
    const full: Shape = { ...shape, cell, B: 16, T: 5 };
    const batch = batchOf(full);
    const three = select(batch, [4, 0, 9]);
    const trainer = engine.create(optionsOf({ ...full, B: 3 }));
    const sixteen = engine.create(optionsOf(full));
    // The same three sequences, the other lanes taken by sequences whose gradients are added apart.
    const others = [1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];
    const rest = engine.create(optionsOf({ ...full, B: others.length }));
    const a = trainer.gradients(three);
    const b = rest.gradients(select(batch, others));
    const whole = sixteen.gradients(batch);
    expect(relativeError([a.loss + b.loss], [whole.loss])).toBeLessThan(1e-6);
    for (const [name, { data }] of whole.gradients) {
      const sum = Array.from(
        data,
        (_, i) => a.gradients.get(name)!.data[i]! + b.gradients.get(name)!.data[i]!,
      );
      expect(relativeError(sum, data), name).toBeLessThan(1e-5);
    }
    expect(sixteen.evaluate(three).loss).toBe(trainer.evaluate(three).loss);
  });

  it('evaluates batches of any size and length as the sum of their sequences', () => {
    const small = engine.create(optionsOf({ ...shape, head: 'softmax' }));
    const large = batchOf({ ...shape, head: 'softmax', B: 1003, T: 4 });
    const whole = small.evaluate(large);
    const expected = doubleGradients(
      modelOf({ ...shape, head: 'softmax' }),
      toDouble(small.parameters()),
      large,
    );
    expect(whole.targets).toBe(1003);
    expect(relativeError([whole.loss], [expected.loss])).toBeLessThan(1e-6);
    expect(whole.predicted).toEqual(expected.predicted);
  });

  it('averages the loss and the gradients under the reduction mean', () => {
    const batch = batchOf(shape);
    const sum = engine.create(optionsOf(shape)).gradients(batch);
    const mean = engine.create(optionsOf(shape, { lossReduction: 'mean' })).gradients(batch);
    expect(mean.loss * shape.B).toBeCloseTo(sum.loss, 5);
    for (const [name, { data }] of mean.gradients) {
      expect(
        relativeError(
          Array.from(data, (g) => g * shape.B),
          sum.gradients.get(name)!.data,
        ),
      ).toBeLessThan(1e-6);
    }
  });

  it('counts the units that are ever alive', () => {
    const relu: Shape = { ...shape, cell: 'relu', H: 6 };
    const options = optionsOf(relu);
    options.parameters.get('rnn.bias_ih_l0')!.data.set([-1e6, 1, -1e6, 1, 1, 1]);
    expect(engine.create(options).liveUnits(batchOf(relu))).toBe(4);
  });
});

describe('native engine', () => {
  it('refuses an instruction set that the processor lacks with exit code 69', () => {
    const missing = process.arch === 'arm64' ? 'avx2' : 'neon';
    expect(() => nativeRoom.load({ instruction_set: missing })).toThrow(
      expect.objectContaining({ exitCode: ExitCode.unavailable }),
    );
  });

  it('throws, rather than reads past the end, when a batch has the wrong size or a class is unknown', () => {
    const softmax: Shape = { ...shape, head: 'softmax' };
    const trainer = nativeRoom.load().create(optionsOf(softmax));
    const batch = batchOf(softmax);
    expect(() => trainer.step({ ...batch, x_TIB: batch.x_TIB.subarray(1) }, rate)).toThrow(/length/);
    expect(() => trainer.step({ ...batch, target: new Int32Array(shape.B).fill(2) }, rate)).toThrow(/class/);
    trainer.dispose();
    expect(() => trainer.step(batch, rate)).toThrow(/disposed/);
  });
});
