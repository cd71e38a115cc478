import { describe, expect, test } from 'vitest';
import { gradientNorms, traceOf } from '../../playground/trace.ts';
import { reference } from '../../src/engines/reference/engine.ts';
import { type Batch, wholeSequences } from '../../src/models/batch.ts';
import type { Cell } from '../../src/models/cells.ts';
import { elements, parameterSpecs } from '../../src/models/parameters.ts';
import type { ModelSpec, Tensor } from '../../src/models/spec.ts';
import { Philox, Stream } from '../../src/support/philox.ts';

// The reference engine's gradients, step by step: input t is 1 at step t alone, so that column t of the input weights' gradient
// is what the loss asks of the gates at step t.

const [T, B, H] = [9, 3, 5];
const referenceEngine = await reference.load();

function caseOf(cell: Cell) {
  const model: ModelSpec = {
    input: { kind: 'features', size: T + 1 },
    layers: [{ cell, hidden: H, bidirectional: false }],
    projection: null,
    dropout: 0,
    head: { kind: 'regression', size: 1, at: 'last-step' },
  };
  const random = new Philox(7, Stream.init);
  const parameters = new Map<string, Tensor>();
  for (const { name, shape } of parameterSpecs(model)) {
    const data = new Float32Array(elements(shape));
    random.fillNormal(data, 0.5);
    parameters.set(name, { shape, data });
  }
  const x_TIB = new Float32Array(T * (T + 1) * B);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      x_TIB[(t * (T + 1) + t) * B + b] = 1;
      x_TIB[(t * (T + 1) + T) * B + b] = random.uint32() / 2 ** 32;
    }
  }
  const target = new Float32Array(B);
  random.fillNormal(target, 1);
  const batch: Batch = wholeSequences({ size: B, steps: T, x_TIB, target });
  const trainer = referenceEngine.create({
    model,
    parameters,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: null,
    lossReduction: 'mean',
    batchSize: B,
    steps: T,
    seed: 1,
    softmaxSamples: null,
  });
  return { parameters, batch, trainer };
}

describe.each(['relu', 'tanh', 'lstm'] as const)('%s', (cell) => {
  const { parameters, batch, trainer } = caseOf(cell);
  const trace = traceOf(cell, parameters, batch);
  const { loss, gradients } = trainer.gradients(batch);

  test('the loss is that of the reference engine', () => {
    const errors = Array.from(batch.target, (wanted, b) => trace.answer_TB[(T - 1) * B + b]! - wanted);
    const mean = errors.reduce((sum, error) => sum + error ** 2, 0) / B;
    expect(Math.abs(mean / loss - 1)).toBeLessThan(1e-6);
  });

  test('so is what it asks of the gates at every step', () => {
    const { data, shape } = gradients.get('rnn.weight_ih_l0')!;
    const [G, I] = shape as [number, number];
    let largest = 0;
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < G; i++) {
        let sum = 0;
        for (let b = 0; b < B; b++) sum += trace.dz_TBG[t]![b * G + i]!;
        largest = Math.max(largest, Math.abs(sum));
        expect(Math.abs(sum - data[i * I + t]!)).toBeLessThan(2e-6 * (1 + Math.abs(sum)));
      }
    }
    expect(largest).toBeGreaterThan(0.01);
  });

  test('and dL/dh_t is what the head, or the gates of the next step, ask of it', () => {
    const w_GH = parameters.get('rnn.weight_hh_l0')!;
    const head = parameters.get('head.weight')!.data;
    const G = w_GH.shape[0]!;
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < B; b++) {
        const error = trace.answer_TB[t * B + b]! - batch.target[b]!;
        for (let j = 0; j < H; j++) {
          let wanted = t === T - 1 ? (2 * error * head[j]!) / B : 0;
          for (let i = 0; t < T - 1 && i < G; i++) {
            wanted += w_GH.data[i * H + j]! * trace.dz_TBG[t + 1]![b * G + i]!;
          }
          expect(trace.dh_TBH[t]![b * H + j]!).toBeCloseTo(wanted, 12);
        }
      }
    }
    const squares = (dh: Float64Array) => dh.reduce((sum, value) => sum + value * value, 0);
    expect([...gradientNorms(trace)]).toEqual(trace.dh_TBH.map((dh) => Math.sqrt(squares(dh))));
  });
});
