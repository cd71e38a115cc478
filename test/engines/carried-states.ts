import { expect } from 'vitest';
import type { Trainer } from '../../src/engines/engine.ts';
import { doubleGradients, toDouble } from './double-reference.ts';
import { batchOf, modelOf, relativeError, type Shape } from './fixtures.ts';

/** A batch goes on from the states after the one before it, without a gradient into them; then they are there to be saved. */
export function expectStatesTakenOver(trainer: Trainer, shape: Shape, tolerance: number): void {
  const model = modelOf(shape);
  trainer.step(batchOf(shape), 0.01);
  const [before, next] = [batchOf(shape, { index: 1 }), batchOf(shape, { index: 2, carry: true })];
  const { final } = doubleGradients(model, toDouble(trainer.parameters()), before, { seed: 1 });
  trainer.step(before, 0.01);
  const double = toDouble(trainer.parameters());
  const expected = doubleGradients(model, double, next, { seed: 1, initial: final });
  const { loss, gradients } = trainer.gradients(next);
  expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-6);
  for (const [name, values] of expected.gradients) {
    expect(relativeError(gradients.get(name)!.data, values), name).toBeLessThan(tolerance);
  }
  expect(trainer.state().carried.size).toBe(0);
  trainer.step(next, 0.01);
  const { carried } = trainer.state();
  expect([...carried.keys()]).toEqual([...expected.final.keys()]);
  for (const [name, values] of expected.final) {
    expect(carried.get(name)!.shape).toEqual([shape.B, shape.H]);
    expect(relativeError(carried.get(name)!.data, values), name).toBeLessThan(tolerance);
  }
}
