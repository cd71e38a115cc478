import type { Batch } from '../src/models/batch.ts';
import { type Cell, gateRows } from '../src/models/cells.ts';
import type { Parameters } from '../src/models/spec.ts';

/**
 * One layer with a linear head looked into step by step, in double precision: what it would answer after every step, and what
 * the loss asks of every state. The engine gives neither; that this agrees with its gradients is tested.
 */
export interface Trace {
  /** [T, B]: the head's value of the state after step t; the answer is the last. */
  readonly answer_TB: Float64Array;
  /** The state after step t of every sequence, [B, H]. */
  readonly h_TBH: readonly Float64Array[];
  /** dL/dh_t, [B, H], L being the mean squared error of the batch. */
  readonly dh_TBH: readonly Float64Array[];
  /** dL/d(what the gates' activations are of), [B, G]. */
  readonly dz_TBG: readonly Float64Array[];
}

interface Step {
  readonly z: Float64Array;
  readonly h: Float64Array;
  /** Of an LSTM. */
  readonly c: Float64Array;
}

/** The trace of a regression on `batch`, whose sequences all have the same length. */
export function traceOf(cell: Cell, parameters: Parameters, batch: Batch): Trace {
  const { steps: T, size: B } = batch;
  const network = read(cell, parameters);
  const { H, G, head, headBias, w_GH } = network;
  const answer_TB = new Float64Array(T * B);
  const sequences = Array.from({ length: B }, (_, b) => forward(network, batch, b));
  const at = (rows: number) => Array.from({ length: T }, () => new Float64Array(B * rows));
  const [h_TBH, dh_TBH, dz_TBG] = [at(H), at(H), at(G)];
  for (const [b, steps] of sequences.entries()) {
    for (const [t, { h }] of steps.entries()) {
      h_TBH[t]!.set(h, b * H);
      answer_TB[t * B + b] = head.reduce((sum, weight, i) => sum + weight * h[i]!, headBias);
    }
    const error = answer_TB[(T - 1) * B + b]! - batch.target[b]!;
    const dh = Float64Array.from(head, (weight) => (2 * error * weight) / B);
    const dc = new Float64Array(H);
    for (let t = T - 1; t >= 0; t--) {
      dh_TBH[t]!.set(dh, b * H);
      const dz = dz_TBG[t]!.subarray(b * G, (b + 1) * G);
      backward(network, steps[t]!, steps[t - 1], dh, dc, dz);
      dh.fill(0);
      for (let i = 0; i < G; i++) {
        const slope = dz[i]!;
        if (slope === 0) continue;
        for (let j = 0; j < H; j++) dh[j]! += w_GH[i * H + j]! * slope;
      }
    }
  }
  return { answer_TB, h_TBH, dh_TBH, dz_TBG };
}

/** The norm of dL/dh_t over units and sequences, by t. */
export function gradientNorms({ dh_TBH }: Trace): Float64Array {
  return Float64Array.from(dh_TBH, (dh) => Math.sqrt(dh.reduce((sum, value) => sum + value * value, 0)));
}

/** The state after each step of a batch's only sequence, [H] each. */
export function statesOf(cell: Cell, parameters: Parameters, sequence: Batch): readonly Float64Array[] {
  return forward(read(cell, parameters), sequence, 0).map(({ h }) => h);
}

interface Network {
  readonly cell: Cell;
  readonly H: number;
  readonly G: number;
  readonly I: number;
  readonly w_GI: Float32Array;
  readonly w_GH: Float32Array;
  readonly bias_G: Float32Array;
  readonly head: Float32Array;
  readonly headBias: number;
}

function read(cell: Cell, parameters: Parameters): Network {
  const data = (name: string) => parameters.get(name)!.data;
  const [G, I] = parameters.get('rnn.weight_ih_l0')!.shape as [number, number];
  const H = G / gateRows(cell, 1);
  return {
    ...{ cell, H, G, I },
    w_GI: data('rnn.weight_ih_l0'),
    w_GH: data('rnn.weight_hh_l0'),
    bias_G: data('rnn.bias_ih_l0'),
    head: data('head.weight'),
    headBias: data('head.bias')[0]!,
  };
}

/** Sequence b of a batch, all its steps. */
function forward({ cell, H, G, I, w_GI, w_GH, bias_G }: Network, batch: Batch, b: number): Step[] {
  const steps: Step[] = [];
  let h = new Float64Array(H);
  let c = new Float64Array(H);
  for (let t = 0; t < batch.steps; t++) {
    const z = new Float64Array(G);
    for (let i = 0; i < G; i++) {
      let sum = bias_G[i]!;
      for (let k = 0; k < I; k++) sum += w_GI[i * I + k]! * batch.x_TIB[(t * I + k) * batch.size + b]!;
      for (let j = 0; j < H; j++) sum += w_GH[i * H + j]! * h[j]!;
      z[i] = sum;
    }
    const before = c;
    [h, c] = [new Float64Array(H), new Float64Array(H)];
    for (let i = 0; i < H; i++) {
      if (cell === 'relu') h[i] = Math.max(0, z[i]!);
      else if (cell === 'tanh') h[i] = Math.tanh(z[i]!);
      else {
        const { input, forget, candidate, output } = gatesOf(z, i, H);
        c[i] = forget * before[i]! + input * candidate;
        h[i] = output * Math.tanh(c[i]!);
      }
    }
    steps.push({ z, h, c });
  }
  return steps;
}

/** From dL/dh_t, and dL/dc_t as far as it comes from later steps, to dL/dz_t; leaves dL/dc_{t-1} in `dc`. */
function backward(
  { cell, H }: Network,
  { z, h, c }: Step,
  before: Step | undefined,
  dh: Float64Array,
  dc: Float64Array,
  dz: Float64Array,
): void {
  for (let i = 0; i < H; i++) {
    if (cell === 'relu') dz[i] = z[i]! > 0 ? dh[i]! : 0;
    else if (cell === 'tanh') dz[i] = dh[i]! * (1 - h[i]! * h[i]!);
    else {
      const { input, forget, candidate, output } = gatesOf(z, i, H);
      const squashed = Math.tanh(c[i]!);
      const dState = dc[i]! + dh[i]! * output * (1 - squashed * squashed);
      dz[i] = dState * candidate * input * (1 - input);
      dz[H + i] = dState * (before?.c[i] ?? 0) * forget * (1 - forget);
      dz[2 * H + i] = dState * input * (1 - candidate * candidate);
      dz[3 * H + i] = dh[i]! * squashed * output * (1 - output);
      dc[i] = dState * forget;
    }
  }
}

/** The gates of unit i, in torch.nn's order. */
function gatesOf(z: Float64Array, i: number, H: number) {
  return {
    input: sigmoid(z[i]!),
    forget: sigmoid(z[H + i]!),
    candidate: Math.tanh(z[2 * H + i]!),
    output: sigmoid(z[3 * H + i]!),
  };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
