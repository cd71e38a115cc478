/** The model's loss in double precision, in plain loops: what gradients are checked against by finite differences. */

import type { Batch } from '../../src/models/batch.ts';
import type { ModelSpec } from '../../src/models/spec.ts';

export type DoubleParameters = ReadonlyMap<string, Float64Array>;

export interface DoubleResult {
  /** Summed over the sequences of the batch. */
  readonly loss: number;
  /** The distance of the closest pre-activation to zero, where relu has its kink. */
  readonly margin: number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** For one layer in one direction, with a head after the last step. */
export function doubleForward(model: ModelSpec, parameters: DoubleParameters, batch: Batch): DoubleResult {
  const { cell, hidden: H } = model.layers[0]!;
  const I = batch.x_TIB.length / (batch.steps * batch.size);
  const G = cell === 'lstm' ? 4 * H : H;
  const wIh = parameters.get('rnn.weight_ih_l0')!;
  const wHh = parameters.get('rnn.weight_hh_l0')!;
  const bias = parameters.get('rnn.bias_ih_l0')!;
  let loss = 0;
  let margin = Infinity;
  for (let b = 0; b < batch.size; b++) {
    let h = new Float64Array(H);
    const c = new Float64Array(H);
    for (let t = 0; t < batch.steps; t++) {
      const z = new Float64Array(G);
      for (let g = 0; g < G; g++) {
        z[g] = bias[g]!;
        for (let i = 0; i < I; i++) z[g]! += wIh[g * I + i]! * batch.x_TIB[(t * I + i) * batch.size + b]!;
        for (let j = 0; j < H; j++) z[g]! += wHh[g * H + j]! * h[j]!;
        margin = Math.min(margin, Math.abs(z[g]!));
      }
      h = new Float64Array(H);
      for (let j = 0; j < H; j++) {
        if (cell === 'relu') h[j] = Math.max(0, z[j]!);
        else if (cell === 'tanh') h[j] = Math.tanh(z[j]!);
        else {
          c[j] = sigmoid(z[H + j]!) * c[j]! + sigmoid(z[j]!) * Math.tanh(z[2 * H + j]!);
          h[j] = sigmoid(z[3 * H + j]!) * Math.tanh(c[j]!);
        }
      }
    }
    loss += headLoss(model, parameters, h, batch, b);
  }
  return { loss, margin };
}

function headLoss(
  model: ModelSpec,
  parameters: DoubleParameters,
  h: Float64Array,
  batch: Batch,
  b: number,
): number {
  const { kind, size: O } = model.head;
  const weight = parameters.get('head.weight')!;
  const y = Float64Array.from(parameters.get('head.bias')!);
  for (let o = 0; o < O; o++) for (let j = 0; j < h.length; j++) y[o]! += weight[o * h.length + j]! * h[j]!;
  if (kind === 'regression')
    return y.reduce((sum, value, o) => sum + (value - batch.target[b * O + o]!) ** 2, 0);
  const largest = Math.max(...y);
  return (
    largest + Math.log(y.reduce((sum, value) => sum + Math.exp(value - largest), 0)) - y[batch.target[b]!]!
  );
}
