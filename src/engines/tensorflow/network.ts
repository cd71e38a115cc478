/**
 * The model on the device, forward and backward by hand: an operation is called once for all steps, and nothing is
 * recorded. T time steps, B batch, I input size, E embedding, U units that pass upwards, O outputs, V vocabulary, N rows
 * that the head reads: B after the last step, or T x B (element (t, b) at t * B + b) at every step.
 */
import type { Batch } from '../../models/batch.ts';
import { type Dropout, dropoutMask } from '../../models/dropout.ts';
import type { ClassSample } from '../../models/sampled-softmax.ts';
import type { ModelSpec } from '../../models/spec.ts';
import { attributes, Type } from './binding.ts';
import type { Device, Handle } from './device.ts';
import { extentOf } from './extent.ts';
import { sampledHead, wholeHead } from './head.ts';
import type { BlockPass, Gradients, Recurrence, States, Weights } from './recurrence.ts';

export interface Pass {
  /** Predictions, or logits. */
  readonly y_NO: Handle;
  /** After each sequence's last step, of layers in one direction. */
  final(): Map<string, Handle>;
  /** Gradients of all weights, from that of y. */
  backward(dy_NO: Handle): Gradients;
}

export class Network {
  readonly #device: Device;
  readonly #model: ModelSpec;
  readonly #recurrence: Recurrence;

  constructor(device: Device, model: ModelSpec, recurrence: Recurrence) {
    [this.#device, this.#model, this.#recurrence] = [device, model, recurrence];
  }

  /**
   * Runs the model over a batch. Layers start from `initial`, or from zero where it has no state for them. With a
   * `sample`, y has a column for each of its classes.
   */
  forward(
    weights: Weights,
    batch: Batch,
    initial: States,
    dropout: Dropout | null,
    sample: ClassSample | null = null,
  ): Pass {
    const device = this.#device;
    const { head, projection, dropout: probability } = this.#model;
    const active = dropout !== null && probability > 0 ? dropout : null;
    const extent = extentOf(device, batch);
    const input = this.#input(weights, batch, active);

    const blocks = this.#recurrence.blocks(this.#model.layers, active !== null || extent.uneven !== null);
    const passes: { pass: BlockPass; mask: Handle | null }[] = [];
    let upwards = input.x_TBI;
    for (const [i, block] of blocks.entries()) {
      const pass = this.#recurrence.forward(device, block, weights, upwards, extent, initial);
      const top = i === blocks.length - 1;
      const lastOnly = top && head.at === 'last-step';
      const site = block.first + block.layers.length;
      const { hidden, bidirectional } = block.layers.at(-1)!;
      let mask: Handle | null = null;
      if (active !== null && lastOnly) mask = lastMask(device, active, batch, site, hidden, bidirectional);
      else if (active !== null)
        mask = fullMask(device, active, batch, site, bidirectional ? 2 * hidden : hidden);
      const outputs = lastOnly ? pass.last() : pass.outputs();
      upwards = mask === null ? outputs : device.multiply(outputs, mask);
      passes.push({ pass, mask });
    }

    const { T, B } = extent;
    const U = upwards.shape.at(-1)!;
    const read_NU = head.at === 'last-step' ? upwards : device.reshape(upwards, [T * B, U]);
    const wProjection = projection === null ? null : weights.get('projection.weight')!;
    const projected = wProjection === null ? read_NU : device.timesTransposed(read_NU, wProjection);
    const output =
      sample === null
        ? wholeHead(device, weights, projected)
        : sampledHead(device, weights, projected, sample);

    return {
      y_NO: output.y_NO,
      final: () => new Map(passes.flatMap(({ pass }) => [...pass.final()])),
      backward: (dy_NO) => {
        const gradients: Gradients = new Map();
        let down = output.backward(dy_NO, gradients);
        if (wProjection !== null) {
          gradients.set('projection.weight', device.transposedTimes(down, read_NU));
          down = device.matMul(down, wProjection);
        }
        if (head.at === 'every-step') down = device.reshape(down, [T, B, U]);
        for (const [i, { pass, mask }] of [...passes.entries()].reverse()) {
          const dOutput = mask === null ? down : device.multiply(down, mask);
          const lastOnly = i === passes.length - 1 && head.at === 'last-step';
          const wanted = i > 0 || input.backward !== null;
          const dx = pass.backward(lastOnly ? { last: dOutput } : { outputs: dOutput }, gradients, wanted);
          if (dx !== null) down = dx;
        }
        input.backward?.(down, gradients);
        return gradients;
      },
    };
  }

  /** Units, over all layers and directions, whose output is not zero at some step within a sequence. */
  liveUnits(weights: Weights, batch: Batch, initial: States): number {
    const device = this.#device;
    const extent = extentOf(device, batch);
    let upwards = this.#input(weights, batch, null).x_TBI;
    let live = 0;
    for (const block of this.#recurrence.blocks(this.#model.layers, true)) {
      upwards = this.#recurrence.forward(device, block, weights, upwards, extent, initial).outputs();
      live += countLive(device, upwards);
    }
    return live;
  }

  /** What the lowest layer reads, and the way back to the embedding. */
  #input(
    weights: Weights,
    batch: Batch,
    dropout: Dropout | null,
  ): { x_TBI: Handle; backward: ((dx_TBE: Handle, gradients: Gradients) => void) | null } {
    const device = this.#device;
    const { input } = this.#model;
    const { steps: T, size: B } = batch;
    const within = valuesWithin(batch);
    if (input.kind === 'features') {
      const x_TIB = device.floats(within as Float32Array, [T, input.size, B]);
      return { x_TBI: device.transpose(x_TIB, [0, 2, 1]), backward: null };
    }
    const { vocabulary: V, embedding: E } = input;
    const tokens_TB = device.integers(within as Int32Array, [T, B]);
    const table_VE = weights.get('embedding.weight')!;
    const embedded = device.op('GatherV2', [table_VE, tokens_TB, device.ints([0], [])]);
    const mask = dropout === null ? null : fullMask(device, dropout, batch, 0, E);
    return {
      x_TBI: mask === null ? embedded : device.multiply(embedded, mask),
      backward: (dx_TBE, gradients) => {
        const d = mask === null ? dx_TBE : device.multiply(dx_TBE, mask);
        const rows = [d, tokens_TB, device.ints([V], [])];
        gradients.set('embedding.weight', device.op('UnsortedSegmentSum', rows));
      },
    };
  }
}

/** A copy of a batch's inputs, [T, I, B], with zeros beyond the sequences' ends, whatever is there. */
function valuesWithin({ x_TIB, steps: T, size: B, lengths }: Batch): Float32Array | Int32Array {
  const values = x_TIB.slice();
  if (lengths === null) return values;
  const I = values.length / (T * B);
  for (let b = 0; b < B; b++) {
    for (let row = lengths[b]! * I; row < T * I; row++) values[row * B + b] = 0;
  }
  return values;
}

/** Dropout's factors at every step of a site, [T, B, U]. */
function fullMask(
  device: Device,
  dropout: Dropout,
  { index, steps: T, size: B }: Batch,
  site: number,
  U: number,
) {
  const mask_TUB = new Float32Array(T * U * B);
  for (let t = 0; t < T; t++) mask_TUB.set(dropoutMask(dropout, index, site, t, U, B), t * U * B);
  return device.transpose(device.floats(mask_TUB, [T, U, B]), [0, 2, 1]);
}

/** Dropout's factors where a head after the last step reads, [B, U]: each direction at the step that it processes last. */
function lastMask(
  device: Device,
  dropout: Dropout,
  { index, steps: T, size: B, lengths }: Batch,
  site: number,
  H: number,
  bidirectional: boolean,
): Handle {
  const U = bidirectional ? 2 * H : H;
  const masks = new Map<number, Float32Array>();
  const at = (t: number) => {
    const mask = masks.get(t) ?? dropoutMask(dropout, index, site, t, U, B);
    masks.set(t, mask);
    return mask;
  };
  const mask_BU = new Float32Array(B * U);
  for (let b = 0; b < B; b++) {
    const last = Math.max(0, (lengths?.[b] ?? T) - 1);
    for (let u = 0; u < U; u++) mask_BU[b * U + u] = at(u < H ? last : 0)[u * B + b]!;
  }
  return device.floats(mask_BU, [B, U]);
}

const toFloat = attributes({ DstT: { type: Type.float } });

function countLive(device: Device, outputs_TBU: Handle): number {
  const nonZero = device.op('NotEqual', [outputs_TBU, device.scalar(0)]);
  const live_U = device.op('Any', [nonZero, device.ints([0, 1])]);
  const ones = device.op('Cast', [live_U], toFloat);
  return device.read(device.op('Sum', [ones, device.ints([0])]))[0]!;
}
