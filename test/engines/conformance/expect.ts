import { expect } from 'vitest';
import type { TrainerOptions } from '../../../src/engines/engine.ts';
import { type Batch, type Scores, UNSCORED, wholeSequences } from '../../../src/models/batch.ts';
import { classSampler } from '../../../src/models/sampled-softmax.ts';
import { relativeError, type Shape } from '../fixtures.ts';
import { type DoubleResult, doubleGradients, toDouble } from './double-reference.ts';
import type { Subject } from './subjects.ts';

/** A value that all subjects are compared with: computed when the first asks for it. */
export function once<T>(compute: () => T): () => T {
  let value: { readonly it: T } | undefined;
  return () => {
    value ??= { it: compute() };
    return value.it;
  };
}

/** Sums in double precision: of a training step with its dropout and its sample of classes. */
export function trainingSums({ parameters, ...settings }: TrainerOptions, batch: Batch): DoubleResult {
  const sample = classSampler(settings)?.sample(batch.index, batch.target as Int32Array);
  const options = { seed: settings.seed, ...(sample && { sample }) };
  return doubleGradients(settings.model, toDouble(parameters), batch, options);
}

/** Every gradient tensor of a batch. `tolerance` of the loss, where it is a sum over very many steps. */
export function expectGradients(
  { engine, tolerance }: Subject,
  options: TrainerOptions,
  batch: Batch,
  expected: DoubleResult,
  lossTolerance = tolerance.loss,
): void {
  const scale = options.lossReduction === 'sum' ? 1 : 1 / expected.targets;
  const trainer = engine.create(options);
  const { loss, gradients } = trainer.gradients(batch);
  trainer.dispose();
  expect(relativeError([loss], [expected.loss * scale])).toBeLessThan(lossTolerance);
  expect([...gradients.keys()]).toEqual([...options.parameters.keys()]);
  for (const [name, values] of expected.gradients) {
    const gradient = gradients.get(name)!;
    expect(gradient.shape, name).toEqual(options.parameters.get(name)!.shape);
    const wanted = values.map((value) => value * scale);
    expect(relativeError(gradient.data, wanted), name).toBeLessThan(tolerance.gradient);
  }
}

/** What an evaluation says of a batch, at the places that are scored. */
export function expectScores(scores: Scores, batch: Batch, expected: DoubleResult, tolerance: number): void {
  expect(scores.targets).toBe(expected.targets);
  expect(relativeError([scores.loss], [expected.loss])).toBeLessThan(tolerance);
  const scored = (_: number, n: number) => batch.target[n] !== UNSCORED;
  if (batch.target instanceof Float32Array) expect(scores.predicted).toBeNull();
  else expect(scores.predicted!.filter(scored)).toEqual(expected.predicted.filter(scored));
}

/** The same batch with more steps, and with rubbish beyond the end of every sequence. */
export function padded(batch: Batch, steps: number): Batch {
  const { size: B } = batch;
  const I = batch.x_TIB.length / (batch.steps * B);
  const isTokens = batch.x_TIB instanceof Int32Array;
  const x_TIB = isTokens ? new Int32Array(steps * B) : new Float32Array(steps * I * B);
  for (let i = 0; i < x_TIB.length; i++) {
    const t = Math.floor(i / (I * B));
    x_TIB[i] = t < batch.lengths![i % B]! ? batch.x_TIB[i]! : isTokens ? -5 : Number.NaN;
  }
  let target = batch.target;
  if (target.length === batch.steps * B) {
    target = new Int32Array(steps * B).fill(UNSCORED);
    target.set(batch.target);
  }
  return { ...batch, steps, x_TIB, target };
}

/** Sequence b of a batch, without its padding. */
export function sequenceOf(batch: Batch, b: number, { head, O, everyStep }: Shape): Batch {
  const steps = batch.lengths![b]!;
  const I = batch.x_TIB.length / (batch.steps * batch.size);
  const x_TIB = batch.x_TIB.slice(0, steps * I).map((_, row) => batch.x_TIB[row * batch.size + b]!);
  const target =
    head === 'regression'
      ? batch.target.slice(b * O, (b + 1) * O)
      : Int32Array.from({ length: everyStep ? steps : 1 }, (_, t) => batch.target[t * batch.size + b]!);
  return wholeSequences({ size: 1, steps, x_TIB, target });
}
