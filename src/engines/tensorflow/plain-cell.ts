import type { Cell } from '../../models/spec.ts';
import type { Device, Handle } from './device.ts';
import type { DirectionPass, DirectionWeights } from './direction.ts';
import type { Extent, Gradients, OutputGradient } from './recurrence.ts';

/** TensorFlow's names of what the cell applies to its sums, and of that one's slope. */
const activations: Readonly<Partial<Record<Cell, readonly [string, string]>>> = {
  relu: ['Relu', 'ReluGrad'],
  tanh: ['Tanh', 'TanhGrad'],
};

/**
 * A ReLU or tanh layer, h_t = f(x_t W_ih^T + b + h_{t-1} W_hh^T), step by step: three operations each way, because each
 * costs more to call than to compute. Everything that does not depend on the step before is one operation for all steps.
 */
export function plainCell(
  device: Device,
  cell: Cell,
  { wIh_GI, wHh_GH, bias_G, names }: DirectionWeights,
  x_TBI: Handle,
  { T, B, uneven }: Extent,
  start: { readonly h: Handle },
): DirectionPass {
  const [, , I] = x_TBI.shape as [number, number, number];
  const [H] = bias_G.shape as [number];
  const [activation, slope] = activations[cell]!;
  const x_NI = device.reshape(x_TBI, [T * B, I]);
  const z_NH = device.op('BiasAdd', [device.timesTransposed(x_NI, wIh_GI), bias_G]);
  const within = uneven === null ? null : device.unpack(uneven.within_TB1);
  /** Before the first step and after every one. */
  const h_BH: Handle[] = [start.h];
  const wHh_HG = device.transpose(wHh_GH, [1, 0]);
  for (const [t, z] of device.unpack(device.reshape(z_NH, [T, B, H])).entries()) {
    const h = device.op(activation, [device.add(z, device.matMul(h_BH[t]!, wHh_HG))]);
    // What is beyond a sequence's end must stay finite.
    h_BH.push(within === null ? h : device.select(within[t]!, h, device.scalar(0)));
  }
  let outputs: Handle | null = null;

  return {
    outputs: () => (outputs ??= device.pack(h_BH.slice(1))),
    end: () => ({ h: h_BH[T]!, c: null }),
    cells: null,
    backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null {
      const own = 'last' in gradient ? null : device.unpack(gradient.outputs);
      let dh: Handle = 'last' in gradient ? gradient.last : own![T - 1]!;
      const dz_BH: Handle[] = new Array(T);
      for (let t = T - 1; t >= 0; t--) {
        // TensorFlow has the two arguments of these in opposite orders.
        const dz = device.op(slope, cell === 'relu' ? [dh, h_BH[t + 1]!] : [h_BH[t + 1]!, dh]);
        dz_BH[t] = dz;
        if (t === 0) break;
        const back = device.matMul(dz, wHh_GH);
        dh = own === null ? back : device.add(back, own[t - 1]!);
      }
      const flat = (parts: readonly Handle[]) => device.reshape(device.pack(parts), [T * B, H]);
      const dz_NH = flat(dz_BH);
      gradients.set(names[0], device.transposedTimes(dz_NH, x_NI));
      gradients.set(names[1], device.transposedTimes(dz_NH, flat(h_BH.slice(0, T))));
      gradients.set(names[2], device.op('BiasAddGrad', [dz_NH]));
      return inputWanted ? device.reshape(device.matMul(dz_NH, wIh_GI), [T, B, I]) : null;
    },
  };
}
