/**
 * Every model in double precision and plain loops, one sequence at a time, forward and backward; nothing shared with
 * the engines. Gate order and losses as in torch.nn. Its gradients are checked against differences of its own losses.
 */
import { type Batch, UNSCORED } from '../../../src/models/batch.ts';
import { dropoutMask } from '../../../src/models/dropout.ts';
import type { ClassSample } from '../../../src/models/sampled-softmax.ts';
import type { Cell, Head, ModelSpec, Parameters } from '../../../src/models/spec.ts';

export type DoubleParameters = Map<string, Float64Array>;

export interface DoubleResult {
  /** Sum over the scored targets. */
  loss: number;
  targets: number;
  readonly predicted: Int32Array;
  /** Of the sum of the losses. */
  readonly gradients: DoubleParameters;
  /** States after each sequence's last step, by the names of `TrainerState.carried`, [B, H]. */
  readonly final: DoubleParameters;
  /** Units, as `layer.direction.unit`, whose output is not zero at some step. */
  readonly live: Set<string>;
  /** The distance from zero of the closest pre-activation, where relu has its kink. */
  margin: number;
}

export interface DoubleOptions {
  /** States to start from; zero otherwise. */
  readonly initial?: DoubleParameters;
  /** The seed of dropout, in training. */
  readonly seed?: number;
  /** The classes of a sampled softmax. */
  readonly sample?: ClassSample;
}

type Vector = Float64Array;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const reversed = <T>(list: readonly T[], if_: boolean): T[] => (if_ ? [...list].reverse() : [...list]);
const sum = (a: Vector, b: Vector): Vector => a.map((value, i) => value + b[i]!);

export function toDouble(parameters: Parameters): DoubleParameters {
  return new Map([...parameters].map(([name, tensor]) => [name, Float64Array.from(tensor.data)]));
}

export function doubleGradients(
  model: ModelSpec,
  parameters: DoubleParameters,
  batch: Batch,
  options: DoubleOptions = {},
): DoubleResult {
  const result: DoubleResult = {
    loss: 0,
    targets: 0,
    predicted: new Int32Array(batch.target.length),
    gradients: new Map([...parameters].map(([name, data]) => [name, new Float64Array(data.length)])),
    final: new Map(),
    live: new Set(),
    margin: Infinity,
  };
  for (let b = 0; b < batch.size; b++) oneSequence(model, parameters, batch, b, options, result);
  return result;
}

function oneSequence(
  model: ModelSpec,
  parameters: DoubleParameters,
  batch: Batch,
  b: number,
  { initial, seed, sample }: DoubleOptions,
  result: DoubleResult,
): void {
  const T = batch.lengths === null ? batch.steps : batch.lengths[b]!;
  const linear = (name: string) => new Linear(parameters, result.gradients, name);

  /** What passes upwards at a site; its own transpose, so that gradients pass down through it too. */
  const drop = (site: number, outputs: Vector[]): Vector[] =>
    seed === undefined || model.dropout === 0
      ? outputs
      : outputs.map((h, t) => {
          const mask = dropoutMask(
            { seed, probability: model.dropout },
            batch.index,
            site,
            t,
            h.length,
            batch.size,
          );
          return h.map((value, u) => value * mask[u * batch.size + b]!);
        });

  // Upwards
  const token = (t: number) => batch.x_TIB[t * batch.size + b]!;
  const I = batch.x_TIB.length / batch.steps / batch.size;
  const below =
    model.input.kind === 'tokens'
      ? drop(
          0,
          Array.from({ length: T }, (_, t) =>
            linear('embedding.weight').row(
              token(t),
              model.input.kind === 'tokens' ? model.input.embedding : 0,
            ),
          ),
        )
      : Array.from({ length: T }, (_, t) =>
          Float64Array.from({ length: I }, (_, i) => batch.x_TIB[(t * I + i) * batch.size + b]!),
        );
  const runs: Direction[][] = [];
  let upwards = below;
  for (const [k, { cell, hidden, bidirectional }] of model.layers.entries()) {
    const state = (name: string) =>
      initial?.get(`${name}_l${k}`)?.slice(b * hidden, (b + 1) * hidden) ?? new Float64Array(hidden);
    const directions = (bidirectional ? ['', '_reverse'] : ['']).map((suffix) => {
      const inputs = reversed(upwards, suffix !== '');
      const weights = ['weight_ih', 'weight_hh', 'bias_ih'].map((name) =>
        linear(`rnn.${name}_l${k}${suffix}`),
      );
      return new Direction(cell, hidden, weights as [Linear, Linear, Linear], inputs, state('h'), state('c'));
    });
    for (const { margin } of directions) result.margin = Math.min(result.margin, margin);
    for (const [d, { h }] of directions.entries()) {
      for (const [i, value] of h
        .slice(1)
        .flatMap((step) => [...step])
        .entries()) {
        if (value !== 0) result.live.add(`${k}.${d}.${i % hidden}`);
      }
    }
    const [forward, against] = directions as [Direction, Direction?];
    for (const [name, last] of [
      ['h', forward.h.at(-1)!],
      ['c', forward.c.at(-1)!],
    ] as const) {
      if (name === 'c' && cell !== 'lstm') continue;
      const all = result.final.get(`${name}_l${k}`) ?? new Float64Array(batch.size * hidden);
      all.set(last, b * hidden);
      result.final.set(`${name}_l${k}`, all);
    }
    const back = against && reversed(against.h.slice(1), true);
    const outputs = forward.h.slice(1).map((h, t) => (back ? Float64Array.of(...h, ...back[t]!) : h));
    upwards = drop(k + 1, outputs);
    runs.push(directions);
  }
  if (T === 0) return;

  // The head, and down again to the top layer's outputs
  const top = model.layers.at(-1)!;
  const everyStep = model.head.at === 'every-step';
  /** The step at which the head reads a unit of the top layer. */
  const readAt = (row: number, u: number) => (everyStep ? row : u < top.hidden ? T - 1 : 0);
  let down: Vector[] = upwards.map((h) => new Float64Array(h.length));
  for (let row = 0; row < (everyStep ? T : 1); row++) {
    const read = upwards[0]!.map((_, u) => upwards[readAt(row, u)]![u]!);
    const projection = model.projection === null ? null : linear('projection.weight');
    const projected = projection?.times(read, model.projection!) ?? read;
    const y = sum(linear('head.weight').times(projected, model.head.size), parameters.get('head.bias')!);
    const n = everyStep ? row * batch.size + b : b;
    const dy =
      sample === undefined
        ? headLoss(model.head, y, batch, n, result)
        : sampledLoss(y, batch.target[n]!, sample, result);
    linear('head.bias').addOuter(dy, Float64Array.of(1));
    const dProjected = linear('head.weight').backward(dy, projected);
    const dRead = projection?.backward(dProjected, read) ?? dProjected;
    for (const [u, d] of dRead.entries()) down[readAt(row, u)]![u]! += d;
  }

  // Downwards
  for (let k = model.layers.length - 1; k >= 0; k--) {
    const { hidden } = model.layers[k]!;
    down = drop(k + 1, down);
    const inputs = runs[k]!.map((run, d) => {
      const dh = down.map((both) => both.slice(d * hidden, (d + 1) * hidden));
      return reversed(run.backward(reversed(dh, d === 1)), d === 1);
    });
    down = inputs.length === 1 ? inputs[0]! : inputs[0]!.map((dx, t) => sum(dx, inputs[1]![t]!));
  }
  if (model.input.kind !== 'tokens') return;
  for (const [t, dx] of drop(0, down).entries()) linear('embedding.weight').addRow(token(t), dx);
}

/** Adds to the result's loss and score, and returns the loss's gradient. `n` is the place of the target. */
function headLoss(head: Head, y: Vector, { target }: Batch, n: number, result: DoubleResult): Vector {
  const O = head.size;
  if (head.kind === 'regression') {
    const error = y.map((value, o) => value - target[n * O + o]!);
    result.loss += error.reduce((total, e) => total + e * e, 0);
    result.targets += 1;
    return error.map((e) => 2 * e);
  }
  const largest = Math.max(...y);
  result.predicted[n] = y.indexOf(largest);
  const chosen = target[n]!;
  if (chosen === UNSCORED) return new Float64Array(O);
  const total = y.reduce((all, value) => all + Math.exp(value - largest), 0);
  result.loss += Math.log(total) + largest - y[chosen]!;
  result.targets += 1;
  return y.map((value, o) => Math.exp(value - largest) / total - Number(o === chosen));
}

/** As headLoss, for the softmax over a position's own target and the candidates of a sample. */
function sampledLoss(y: Vector, chosen: number, sample: ClassSample, result: DoubleResult): Vector {
  const dy = new Float64Array(y.length);
  if (chosen === UNSCORED) return dy;
  const competing = new Set([...sample.classes.slice(0, sample.candidates), chosen]);
  const logit = (c: number) => y[c]! - sample.logExpected[sample.classes.indexOf(c)]!;
  const total = [...competing].reduce((all, c) => all + Math.exp(logit(c)), 0);
  result.loss += Math.log(total) - logit(chosen);
  result.targets += 1;
  for (const c of competing) dy[c] = Math.exp(logit(c)) / total - Number(c === chosen);
  return dy;
}

/** A matrix, row-major, and its gradient. */
export class Linear {
  readonly w: Vector;
  readonly #dw: Vector;

  constructor(parameters: DoubleParameters, gradients: DoubleParameters, name: string) {
    this.w = parameters.get(name)!;
    this.#dw = gradients.get(name)!;
  }

  times(x: Vector, rows: number): Vector {
    return Float64Array.from({ length: rows }, (_, r) => {
      let y = 0;
      for (let i = 0; i < x.length; i++) y += this.w[r * x.length + i]! * x[i]!;
      return y;
    });
  }

  addOuter(dy: Vector, x: Vector): void {
    for (let r = 0; r < dy.length; r++) {
      for (let i = 0; i < x.length; i++) this.#dw[r * x.length + i]! += dy[r]! * x[i]!;
    }
  }

  /** Adds to the gradient of the matrix; returns that of x. */
  backward(dy: Vector, x: Vector): Vector {
    this.addOuter(dy, x);
    const dx = new Float64Array(x.length);
    for (let r = 0; r < dy.length; r++) {
      for (let i = 0; i < x.length; i++) dx[i]! += dy[r]! * this.w[r * x.length + i]!;
    }
    return dx;
  }

  row(index: number, size: number): Vector {
    return this.w.slice(index * size, (index + 1) * size);
  }

  addRow(index: number, d: Vector): void {
    for (const [i, value] of d.entries()) this.#dw[index * d.length + i]! += value;
  }
}

/** One direction of one layer over one sequence, in the order in which it reads it. */
export class Direction {
  /** States before the first step and after every step. */
  readonly h: Vector[];
  readonly c: Vector[];
  readonly #gates: Vector[] = [];
  margin = Infinity;
  readonly #cell: Cell;
  readonly #inputs: readonly Vector[];
  readonly #wIh: Linear;
  readonly #wHh: Linear;
  readonly #bias: Linear;

  constructor(
    cell: Cell,
    H: number,
    [wIh, wHh, bias]: readonly [Linear, Linear, Linear],
    inputs: readonly Vector[],
    h0: Vector,
    c0: Vector,
  ) {
    this.#cell = cell;
    this.#inputs = inputs;
    [this.#wIh, this.#wHh, this.#bias] = [wIh, wHh, bias];
    [this.h, this.c] = [[h0], [c0]];
    const R = bias.w.length;
    for (const [t, x] of inputs.entries()) {
      const a = sum(sum(wIh.times(x, R), wHh.times(this.h[t]!, R)), bias.w);
      this.margin = a.reduce((least, value) => Math.min(least, Math.abs(value)), this.margin);
      const [h, c] = [new Float64Array(H), new Float64Array(H)];
      for (let u = 0; u < H; u++) {
        if (cell === 'relu') h[u] = Math.max(0, a[u]!);
        else if (cell === 'tanh') h[u] = Math.tanh(a[u]!);
        else {
          for (const g of [0, 1, 3]) a[g * H + u] = sigmoid(a[g * H + u]!);
          a[2 * H + u] = Math.tanh(a[2 * H + u]!);
          c[u] = a[H + u]! * this.c[t]![u]! + a[u]! * a[2 * H + u]!;
          h[u] = a[3 * H + u]! * Math.tanh(c[u]!);
        }
      }
      this.#gates.push(a);
      this.h.push(h);
      this.c.push(c);
    }
  }

  /** Adds to the gradients of the weights; takes those of the outputs and returns those of the inputs. */
  backward(outputs: readonly Vector[]): Vector[] {
    const H = this.h[0]!.length;
    const R = this.#bias.w.length;
    const inputs: Vector[] = [];
    let dh: Vector = new Float64Array(H);
    let dc: Vector = new Float64Array(H);
    for (let t = outputs.length - 1; t >= 0; t--) {
      dh = sum(dh, outputs[t]!);
      const a = this.#gates[t]!;
      const da = new Float64Array(R);
      const dcBefore = new Float64Array(H);
      for (let u = 0; u < H; u++) {
        const hNow = this.h[t + 1]![u]!;
        if (this.#cell === 'relu') da[u] = hNow > 0 ? dh[u]! : 0;
        else if (this.#cell === 'tanh') da[u] = dh[u]! * (1 - hNow * hNow);
        else {
          const [i, f, g, o] = [a[u]!, a[H + u]!, a[2 * H + u]!, a[3 * H + u]!];
          const tanhC = Math.tanh(this.c[t + 1]![u]!);
          const d = dc[u]! + dh[u]! * o * (1 - tanhC * tanhC);
          da[u] = d * g * i * (1 - i);
          da[H + u] = d * this.c[t]![u]! * f * (1 - f);
          da[2 * H + u] = d * i * (1 - g * g);
          da[3 * H + u] = dh[u]! * tanhC * o * (1 - o);
          dcBefore[u] = d * f;
        }
      }
      this.#bias.addOuter(da, Float64Array.of(1));
      inputs[t] = this.#wIh.backward(da, this.#inputs[t]!);
      dh = this.#wHh.backward(da, this.h[t]!);
      dc = dcBefore;
    }
    return inputs;
  }
}
