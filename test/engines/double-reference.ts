/**
 * One recurrent layer with a head at the last step, in double precision and plain loops: one sequence at a time,
 * nothing shared with the engines. Gate order and losses as in torch.nn.
 */

import type { Batch } from '../../src/models/batch.ts';
import type { Cell, ModelSpec, Parameters } from '../../src/models/spec.ts';

export type DoubleParameters = Map<string, Float64Array>;

export interface DoubleResult {
  /** Sum over the sequences. */
  readonly loss: number;
  readonly correct: number;
  /** Of the sum of the losses. */
  readonly gradients: DoubleParameters;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export function toDouble(parameters: Parameters): DoubleParameters {
  return new Map([...parameters].map(([name, tensor]) => [name, Float64Array.from(tensor.data)]));
}

export function doubleGradients(model: ModelSpec, parameters: DoubleParameters, batch: Batch): DoubleResult {
  const gradients: DoubleParameters = new Map(
    [...parameters].map(([name, data]) => [name, new Float64Array(data.length)]),
  );
  let loss = 0;
  let correct = 0;
  for (let b = 0; b < batch.size; b++) {
    const scores = oneSequence(model, parameters, batch, b, gradients);
    loss += scores.loss;
    correct += scores.correct;
  }
  return { loss, correct, gradients };
}

function oneSequence(
  model: ModelSpec,
  parameters: DoubleParameters,
  batch: Batch,
  b: number,
  gradients: DoubleParameters,
): { loss: number; correct: number } {
  const cell: Cell = model.layers[0]!.cell;
  const H = model.layers[0]!.hidden;
  const R = cell === 'lstm' ? 4 * H : H;
  const T = batch.steps;
  const I = batch.x_TIB.length / T / batch.size;
  const O = model.head.size;
  const [wIh, wHh, bias, wHead, bHead] = [...parameters.values()] as Float64Array[];
  const [dIh, dHh, dBias, dHead, dBHead] = [...gradients.values()] as Float64Array[];

  const x = (t: number, i: number) => batch.x_TIB[(t * I + i) * batch.size + b]!;
  const h = [new Float64Array(H)];
  const c = [new Float64Array(H)];
  const gates: Float64Array[] = [];
  for (let t = 0; t < T; t++) {
    const a = new Float64Array(R);
    for (let r = 0; r < R; r++) {
      let sum = bias![r]!;
      for (let i = 0; i < I; i++) sum += wIh![r * I + i]! * x(t, i);
      for (let k = 0; k < H; k++) sum += wHh![r * H + k]! * h[t]![k]!;
      a[r] = sum;
    }
    const hNext = new Float64Array(H);
    const cNext = new Float64Array(H);
    for (let u = 0; u < H; u++) {
      if (cell === 'relu') hNext[u] = Math.max(0, a[u]!);
      else if (cell === 'tanh') hNext[u] = Math.tanh(a[u]!);
      else {
        for (const g of [0, 1, 3]) a[g * H + u] = sigmoid(a[g * H + u]!);
        a[2 * H + u] = Math.tanh(a[2 * H + u]!);
        cNext[u] = a[H + u]! * c[t]![u]! + a[u]! * a[2 * H + u]!;
        hNext[u] = a[3 * H + u]! * Math.tanh(cNext[u]!);
      }
    }
    gates.push(a);
    h.push(hNext);
    c.push(cNext);
  }

  const y = new Float64Array(O);
  for (let o = 0; o < O; o++) {
    y[o] = bHead![o]!;
    for (let k = 0; k < H; k++) y[o]! += wHead![o * H + k]! * h[T]![k]!;
  }
  const dy = new Float64Array(O);
  let loss = 0;
  let correct = 0;
  if (model.head.kind === 'regression') {
    for (let o = 0; o < O; o++) {
      const error = y[o]! - batch.target[b * O + o]!;
      loss += error * error;
      dy[o] = 2 * error;
    }
  } else {
    const largest = Math.max(...y);
    const total = y.reduce((sum, v) => sum + Math.exp(v - largest), 0);
    const chosen = batch.target[b]!;
    loss = Math.log(total) + largest - y[chosen]!;
    correct = y.indexOf(largest) === chosen ? 1 : 0;
    for (let o = 0; o < O; o++) dy[o] = Math.exp(y[o]! - largest) / total - (o === chosen ? 1 : 0);
  }

  let dh = new Float64Array(H);
  for (let o = 0; o < O; o++) {
    dBHead![o]! += dy[o]!;
    for (let k = 0; k < H; k++) {
      dHead![o * H + k]! += dy[o]! * h[T]![k]!;
      dh[k]! += dy[o]! * wHead![o * H + k]!;
    }
  }
  let dc = new Float64Array(H);
  for (let t = T - 1; t >= 0; t--) {
    const a = gates[t]!;
    const da = new Float64Array(R);
    const dcBefore = new Float64Array(H);
    for (let u = 0; u < H; u++) {
      const hNow = h[t + 1]![u]!;
      if (cell === 'relu') da[u] = hNow > 0 ? dh[u]! : 0;
      else if (cell === 'tanh') da[u] = dh[u]! * (1 - hNow * hNow);
      else {
        const [i, f, g, o] = [a[u]!, a[H + u]!, a[2 * H + u]!, a[3 * H + u]!];
        const tanhC = Math.tanh(c[t + 1]![u]!);
        const d = dc[u]! + dh[u]! * o * (1 - tanhC * tanhC);
        da[u] = d * g * i * (1 - i);
        da[H + u] = d * c[t]![u]! * f * (1 - f);
        da[2 * H + u] = d * i * (1 - g * g);
        da[3 * H + u] = dh[u]! * tanhC * o * (1 - o);
        dcBefore[u] = d * f;
      }
    }
    const dhBefore = new Float64Array(H);
    for (let r = 0; r < R; r++) {
      dBias![r]! += da[r]!;
      for (let i = 0; i < I; i++) dIh![r * I + i]! += da[r]! * x(t, i);
      for (let k = 0; k < H; k++) {
        dHh![r * H + k]! += da[r]! * h[t]![k]!;
        dhBefore[k]! += da[r]! * wHh![r * H + k]!;
      }
    }
    dh = dhBefore;
    dc = dcBefore;
  }
  return { loss, correct };
}
