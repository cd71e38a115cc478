/** The reference engine by itself; what it computes is tested in the conformance suite. */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { reference } from '../../src/engines/reference/engine.ts';
import { modelsFor } from './conformance/cases.ts';
import { batchOf, optionsOf } from './fixtures.ts';

const warn = vi.spyOn(console, 'warn');
const engine = await reference.load();

test('no tensors are left behind, and nothing is printed', () => {
  const before = tf.memory().numTensors;
  for (const shape of modelsFor({ name: '', engine, tolerance: { loss: 0, gradient: 0 } })) {
    const batch = batchOf(shape);
    const trainer = engine.create(optionsOf(shape));
    trainer.step(batch, 0.1);
    trainer.evaluate(batch);
    trainer.liveUnits(batch);
    trainer.parameters();
    trainer.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
  expect(before).toBe(0);
  expect(warn).not.toHaveBeenCalled();
});
