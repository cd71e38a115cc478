/** Every engine's state: what passes from batch to batch, what is saved, and what other engines make of it. */
import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../../src/engines/engine.ts';
import { type Cell, cells } from '../../../src/models/cells.ts';
import { ExitCode, UserError } from '../../../src/support/errors.ts';
import {
  batchOf,
  modelOf,
  optimizers,
  optionsOf,
  parametersOf,
  relativeError,
  type Shape,
} from '../fixtures.ts';
import { type Case, plainModels, small } from './cases.ts';
import { doubleGradients, toDouble } from './double-reference.ts';
import { expectScores } from './expect.ts';
import { isReference, type Subject, subjects } from './subjects.ts';

/** More than one vector of sequences, but few steps; for the reference engine fewer still. */
const carryingFor = ({ engine }: Subject): readonly Case[] =>
  plainModels.flatMap((one) => {
    const plain = { ...one, ...(isReference(engine) ? small : { T: 4, H: 13 }) };
    return [
      { ...plain, layers: 2, uneven: true, name: `${plain.name}, a stack, lengths` },
      { ...plain, vocabulary: 7, dropout: 0.3, name: `${plain.name}, an embedding, dropout` },
    ];
  });
const rmsprop = optimizers[3]!;

describe.each(subjects)('$name', (subject) => {
  const { engine, tolerance } = subject;
  describe.each(carryingFor(subject))('carried state: $name', (shape) => {
    const model = modelOf(shape);

    test('is taken over without a gradient, and is there to be saved', () => {
      const trainer = engine.create(optionsOf(shape));
      trainer.step(batchOf(shape), 0.01);
      const [before, next] = [batchOf(shape, { index: 1 }), batchOf(shape, { index: 2, carry: true })];
      const { final } = doubleGradients(model, toDouble(trainer.parameters()), before, { seed: 1 });
      trainer.step(before, 0.01);
      const double = toDouble(trainer.parameters());
      const expected = doubleGradients(model, double, next, { seed: 1, initial: final });
      const { loss, gradients } = trainer.gradients(next);
      expect(relativeError([loss], [expected.loss])).toBeLessThan(tolerance.loss);
      for (const [name, values] of expected.gradients) {
        expect(relativeError(gradients.get(name)!.data, values), name).toBeLessThan(tolerance.gradient);
      }
      expect(trainer.state().carried.size).toBe(0);
      trainer.step(next, 0.01);
      const { carried } = trainer.state();
      expect([...carried.keys()]).toEqual([...expected.final.keys()]);
      for (const [name, values] of expected.final) {
        expect(carried.get(name)!.shape).toEqual([shape.B, shape.H]);
        expect(relativeError(carried.get(name)!.data, values), name).toBeLessThan(tolerance.gradient);
      }
      trainer.dispose();
    });

    test('is saved: training continues bit for bit, past a step that is skipped', () => {
      const options = optionsOf(shape, { optimizer: rmsprop });
      const bad = { ...batchOf(shape, { index: 2, carry: true }) };
      if (bad.x_TIB instanceof Float32Array) bad.x_TIB.fill(Number.NaN);
      const trainer = engine.create(options);
      trainer.step(batchOf(shape), 0.01);
      trainer.step(batchOf(shape, { index: 1, carry: true }), 0.01);
      const resumed = engine.create({ ...options, parameters: parametersOf(model, 2) });
      resumed.load(trainer.parameters(), trainer.state());
      const next = [bad, batchOf(shape, { index: 3, carry: true }), batchOf(shape, { index: 4 })];
      for (const batch of next) {
        const [ours, theirs] = [resumed, trainer].map((one) => figures(one.step(batch, 0.01)));
        expect(ours).toEqual(theirs);
      }
      expect(resumed.parameters()).toEqual(trainer.parameters());
      expect(resumed.state()).toEqual(trainer.state());
    });

    test('in evaluation is another one', () => {
      const evaluated = { ...shape, B: shape.B + 18, T: 3, dropout: 0 };
      const [first, second] = [batchOf(evaluated), batchOf(evaluated, { index: 1, carry: true })];
      const trainer = engine.create(optionsOf(shape));
      const double = toDouble(trainer.parameters());
      // Nothing was before: the state is zero.
      const alone = engine.create(optionsOf(shape));
      expect(alone.evaluate(second).loss).toBe(trainer.evaluate({ ...second, carry: false }).loss);
      const { final } = doubleGradients(model, double, first);
      const expected = doubleGradients(model, double, second, { initial: final });
      trainer.evaluate(first);
      trainer.step(batchOf(shape), 0);
      trainer.gradients(batchOf(shape, { carry: true }));
      expectScores(trainer.evaluate(second), second, expected, tolerance.loss);
      expect(() => trainer.evaluate(batchOf({ ...shape, B: 3 }, { carry: true }))).toThrow(
        expect.objectContaining({ exitCode: ExitCode.badData }),
      );
    });
  });

  test.each(optimizers)(
    'repeats bit for bit, and continues bit for bit from what was saved: %o',
    (optimizer) => {
      const shape: Shape = { cell: 'lstm', head: 'regression', ...small };
      const options = optionsOf(shape, { optimizer });
      const train = (from: number, to: number, trainer = engine.create(options)) => {
        for (let index = from; index < to; index++) trainer.step(batchOf(shape, { index }), 0.02);
        return trainer;
      };
      const whole = train(0, 6);
      expect(train(0, 6).parameters()).toEqual(whole.parameters());
      const half = train(0, 3);
      const resumed = engine.create({ ...options, parameters: parametersOf(options.model, 2) });
      resumed.load(half.parameters(), half.state());
      expect(train(3, 6, resumed).parameters()).toEqual(whole.parameters());
      expect(resumed.state()).toEqual(whole.state());
    },
  );

  test('goes on elsewhere, and comes back', () => {
    const shape: Shape = { cell: 'lstm', head: 'softmax', ...small, layers: 2 };
    const options = optionsOf(shape, { optimizer: rmsprop });
    for (const other of subjects) {
      const [here, there, back] = [engine, other.engine, engine].map((one) => one.create(options));
      here!.step(batchOf(shape), 0.01);
      there!.load(here!.parameters(), here!.state());
      back!.load(there!.parameters(), there!.state());
      for (const trainer of [here, there, back]) trainer!.step(batchOf(shape, { index: 1 }), 0.01);
      for (const [name, { data }] of here!.parameters()) {
        expect(back!.parameters().get(name)!.data).toEqual(data);
        expect(relativeError(there!.parameters().get(name)!.data, data), name).toBeLessThan(1e-5);
      }
    }
  });

  test('is given as copies', () => {
    const options = optionsOf({ cell: 'tanh', head: 'softmax', ...small }, { optimizer: rmsprop });
    const trainer = engine.create(options);
    trainer.parameters().get('head.bias')!.data.fill(9);
    trainer.state().slots.get('square_avg.head.bias')!.data.fill(9);
    expect(trainer.parameters()).toEqual(parametersOf(options.model));
    expect(trainer.state().slots.get('square_avg.head.bias')!.data).toEqual(new Float32Array(small.O));
  });

  test('of another model is refused', () => {
    const shape: Shape = { cell: 'lstm', head: 'softmax', ...small, everyStep: true };
    const options = optionsOf(shape, { optimizer: rmsprop });
    const trainer = engine.create(options);
    const other = parametersOf(modelOf({ ...shape, cell: 'tanh' }));
    const refused = (name: string) =>
      expect.objectContaining({
        exitCode: ExitCode.badData,
        message: expect.stringMatching(`^${name}: the model needs`),
      });
    expect(() => trainer.load(other, trainer.state())).toThrow(refused('rnn.weight_ih_l0'));
    const empty = { slots: new Map(), updates: 0, carried: new Map() };
    expect(() => trainer.load(trainer.parameters(), empty)).toThrow(refused('square_avg.rnn.weight_ih_l0'));
    trainer.step(batchOf(shape, { carry: true }), 0.1);
    const narrower = engine.create(optionsOf({ ...shape, B: 3 }, { optimizer: rmsprop }));
    expect(() => narrower.load(trainer.parameters(), trainer.state())).toThrow(refused('h_l0'));
  });

  test('cannot be carried in both directions: exit code 78', () => {
    const both: Shape = { cell: 'relu', head: 'softmax', ...small, bidirectional: true };
    const trainer = engine.create(optionsOf(both));
    const batch = batchOf(both, { carry: true });
    for (const use of [
      () => trainer.step(batch, 0.1),
      () => trainer.evaluate(batch),
      () => trainer.liveUnits(batch),
    ]) {
      expect(use).toThrow(expect.objectContaining({ exitCode: ExitCode.badConfig }));
    }
  });

  test('a training batch of another size, or of more steps, is refused', () => {
    const shape: Shape = { cell: 'tanh', head: 'regression', ...small };
    const trainer = engine.create(optionsOf(shape));
    expect(() => trainer.step(batchOf({ ...shape, B: 3 }), 0.1)).toThrow();
    expect(() => trainer.step(batchOf({ ...shape, T: 5 }), 0.1)).toThrow();
    expect(trainer.step(batchOf({ ...shape, T: 2 }), 0.1).skipped).toBe(false);
  });

  test('a cell that the engine does not have is refused with exit code 78, not computed as another', () => {
    const table: Record<string, unknown> = cells;
    // As one that is being added.
    table.gru = { gates: ['r', 'z', 'n'], states: ['h'] };
    try {
      const options = optionsOf({ cell: 'gru' as Cell, head: 'softmax', ...small });
      let refusal: unknown = null;
      try {
        engine.create(options).gradients(batchOf({ cell: 'gru' as Cell, head: 'softmax', ...small }));
      } catch (error) {
        refusal = error;
      }
      expect(refusal).not.toBeNull();
      // The reference engine has every cell, or does not compile.
      if (isReference(engine)) return;
      expect(refusal).toBeInstanceOf(UserError);
      expect(refusal).toMatchObject({
        exitCode: ExitCode.badConfig,
        message: expect.stringContaining('gru cells'),
      });
    } finally {
      delete table.gru;
    }
  });
});

/** Engines may leave figures on their device until they are looked at. */
function figures({ loss, gradientNorm, clipped, skipped }: StepResult) {
  return { loss, gradientNorm, clipped, skipped };
}
