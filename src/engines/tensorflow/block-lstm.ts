import type { Cell } from '../../models/spec.ts';
import { attributes } from './binding.ts';
import type { Device, Handle } from './device.ts';
import type { DirectionPass, DirectionWeights } from './direction.ts';
import type { Extent, Gradients, OutputGradient } from './recurrence.ts';

/** Has no default here, unlike in the forward operation. */
const withoutPeephole = attributes({ use_peephole: false });

/**
 * An LSTM layer as one operation each way, BlockLSTMV2 and BlockLSTMGradV2. Their gates are in our order (i, f, g, o);
 * their matrix is [(I + H), 4H], over [x_t, h_{t-1}]. Peepholes and clipping of
 * the cell are off by default.
 */
export function blockLstm(
  device: Device,
  _: Cell,
  { wIh_GI, wHh_GH, bias_G, names }: DirectionWeights,
  x_TBI: Handle,
  { T, B }: Extent,
  start: { readonly h: Handle; readonly c: Handle },
): DirectionPass {
  const [, , I] = x_TBI.shape as [number, number, number];
  const H = bias_G.shape[0]! / 4;
  const w_JG = device.transpose(device.concat([wIh_GI, wHh_GH], 1), [1, 0]);
  const peephole = device.zeros([H]);
  const inputs = [
    device.int64(T),
    x_TBI,
    start.c,
    start.h,
    w_JG,
    peephole,
    peephole,
    peephole,
    bias_G,
  ] as const;
  const saved = device.run('BlockLSTMV2', inputs, [], 7);
  const [, cells, , , , , outputs] = saved as [Handle, Handle, Handle, Handle, Handle, Handle, Handle];
  const lastOf = (x_TBH: Handle) => device.reshape(device.slice(x_TBH, [T - 1, 0, 0], [1, B, H]), [B, H]);

  return {
    outputs: () => outputs,
    end: () => ({ h: lastOf(outputs), c: lastOf(cells) }),
    cells,
    backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null {
      const dh =
        'outputs' in gradient
          ? gradient.outputs
          : device.op('Pad', [
              device.reshape(gradient.last, [1, B, H]),
              device.ints([T - 1, 0, 0, 0, 0, 0], [3, 2]),
            ]);
      const back = [...inputs, ...saved, device.zeros([T, B, H]), dh];
      const [dx, , , dw_JG, , , , dBias] = device.run('BlockLSTMGradV2', back, withoutPeephole, 8);
      const [dIh, dHh] = device.split(device.transpose(dw_JG!, [1, 0]), [I, H], 1);
      gradients.set(names[0], dIh!);
      gradients.set(names[1], dHh!);
      gradients.set(names[2], dBias!);
      return inputWanted ? dx! : null;
    },
  };
}
