/**
 * How far products on tiles are from double precision, next to plain float32: relative errors of the last state and of the
 * gradient of the recurrent weights (L2 norm). IRNN_RUN_ACCURACY=full takes the paper's sizes and prints the table that is in
 * docs/engines/amx.md (scripts/amx-accuracy.sh); otherwise a few small ones are checked.
 */
import { afterAll, expect, test } from 'vitest';
import type { Engine, Precision } from '../../src/engines/engine.ts';
import type { InstructionSet } from '../../src/engines/kernels/engine.ts';
import type { Parameters } from '../../src/models/spec.ts';
import { Philox, Stream } from '../../src/support/philox.ts';
import { type DoubleResult, doubleGradients, toDouble } from './conformance/double-reference.ts';
import { batchOf, modelOf, optionsOf, parametersOf, relativeError, type Shape } from './fixtures.ts';
import { engineOn, nativeSets, plainSet } from './native-sets.ts';

const full = process.env.IRNN_RUN_ACCURACY === 'full';
const sizes = full ? { B: 16, H: 100 } : { B: 16, H: 40 };
const steps = full ? [150, 784] : [60];
const cases = (['relu', 'tanh', 'lstm'] as const).flatMap((cell) =>
  steps.map((T): Shape => ({ cell, head: 'regression', T, I: 2, O: 1, ...sizes })),
);
const seeds = [1, 2, 3, 4, 5, 6, 7];

/** Weights as in training: near the identity (relu), of spectral radius near 1 (tanh), small (lstm). */
function startOf(shape: Shape, seed: number): Parameters {
  const parameters = parametersOf(modelOf(shape), seed);
  if (shape.cell === 'tanh') return parameters;
  const random = new Philox(seed, Stream.order);
  const { data } = parameters.get('rnn.weight_hh_l0')!;
  const { H } = shape;
  random.fillNormal(data, shape.cell === 'lstm' ? 0.06 : shape.T > 150 ? 0.003 : 0.01);
  if (shape.cell === 'relu') for (let u = 0; u < H; u++) data[u * H + u]! += 1;
  if (shape.cell === 'relu') parameters.get('rnn.bias_ih_l0')!.data.fill(0);
  return parameters;
}

interface Errors {
  readonly h: number;
  readonly dW: number;
}

function errorsOf(
  engine: Engine,
  shape: Shape,
  seed: number,
  precision: Precision,
  expected: DoubleResult,
): Errors {
  const parameters = startOf(shape, seed);
  const batch = batchOf(shape, { index: seed });
  const trainer = engine.create(optionsOf(shape, { parameters, precision }));
  const dW = trainer.gradients(batch).gradients.get('rnn.weight_hh_l0')!.data;
  trainer.step({ ...batch, carry: true }, 0);
  const h = trainer.state().carried.get('h_l0')!.data;
  trainer.dispose();
  return {
    h: relativeError(h, expected.final.get('h_l0')!),
    dW: relativeError(dW, expected.gradients.get('rnn.weight_hh_l0')!),
  };
}

/** The median over the seeds: one seed's error is mostly luck, and where a relu's unit passes zero on another side it is large. */
function typical(errors: readonly Errors[]): Errors {
  const median = (of: (each: Errors) => number) => errors.map(of).sort((a, b) => a - b)[errors.length >> 1]!;
  return { h: median(({ h }) => h), dW: median(({ dW }) => dW) };
}

const rows: string[] = [];
afterAll(() => {
  if (full) process.stdout.write(`${['', ...rows].join('\n')}\n`);
});

test.skipIf(!nativeSets.includes('amx')).each(cases)(
  '$cell, T = $T: float32 on tiles errs like float32',
  { timeout: 600_000 },
  (shape) => {
    const truth = seeds.map((seed) =>
      doubleGradients(modelOf(shape), toDouble(startOf(shape, seed)), batchOf(shape, { index: seed })),
    );
    const errors = (set: InstructionSet, precision: Precision) => {
      const engine = engineOn(set);
      return typical(truth.map((expected, i) => errorsOf(engine, shape, seeds[i]!, precision, expected)));
    };
    const plain = errors(plainSet, 'float32');
    const tiles = errors('amx', 'float32');
    const bf16x3 = errors('amx', 'bf16x3');
    const cells = [plain, tiles, bf16x3].map(({ h, dW }) => `${h.toExponential(1)}, ${dW.toExponential(1)}`);
    rows.push(`| ${shape.cell}, T = ${shape.T} | ${cells.join(' | ')} |`);
    expect(tiles.h / plain.h).toBeLessThan(1.5);
    expect(tiles.dW / plain.dW).toBeLessThan(1.5);
    expect(bf16x3.h).toBeGreaterThan(tiles.h);
  },
);
