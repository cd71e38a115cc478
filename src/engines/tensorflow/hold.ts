/**
 * How batches of uneven lengths run through cuDNN at their full length. It can be told lengths, but TensorFlow may take
 * a descriptor of the other kind from its cache then, and results with told lengths were seen corrupted
 * (tensorflow/tensorflow#41630, #60192). Instead each input gets one more feature, 1 beyond a sequence's end and 0
 * within, whose weights hold the state still:
 *
 * - ReLU: the sum falls far below zero. The state is 0 and its slope is 0.
 * - LSTM: the input gate shuts and the forget gate opens, in float32 exactly. The cell keeps what it has.
 * - tanh: the weight is minus the bias. A state of 0 stays 0.
 *
 * A reverse direction meets the steps beyond the end first, and so comes to a sequence's own last step with the state 0
 * that it began with. Of the forward direction no output beyond the end is used. Gradients are those of the sequences
 * alone, but for the bias of a reverse tanh layer: what the steps beyond the end add to it stands in the gradient of
 * the additional weight as well, and is taken off.
 *
 * G gate rows, I input size, N = I + 1.
 */
import type { Cell } from '../../models/spec.ts';
import { attributes, Type } from './binding.ts';
import type { Device, Handle } from './device.ts';
import type { Uneven } from './recurrence.ts';

/** More than any sum within a sequence that is of use, in float32 still finite. */
const FAR = 1e30;

/** A gate that is shut or open: its exponential is 0 or infinite, so that no rounding is left. */
const GATE = 1e4;

const toFloat = attributes({ DstT: { type: Type.float } });

/** x [T, B, I] with the additional feature, [T, B, N]; zero beyond the ends otherwise, whatever was there. */
export function heldInput(device: Device, x_TBI: Handle, { within_TB1 }: Uneven): Handle {
  const past_TB1 = device.op('Cast', [device.op('LogicalNot', [within_TB1])], toFloat);
  return device.concat([device.select(within_TB1, x_TBI, device.scalar(0)), past_TB1], 2);
}

/** W_ih [G, I] with the weights that hold, [G, N]. */
export function heldWeights(device: Device, cell: Cell, wIh_GI: Handle, bias_G: Handle): Handle {
  const [G] = bias_G.shape as [number];
  const filled = (value: number, rows: number) =>
    device.op('Fill', [device.ints([rows, 1]), device.scalar(value)]);
  const column = () => {
    if (cell === 'relu') return filled(-FAR, G);
    if (cell === 'tanh') return device.reshape(device.op('Neg', [bias_G]), [G, 1]);
    const H = G / 4;
    return device.concat([filled(-GATE, H), filled(GATE, H), filled(0, 2 * H)], 0);
  };
  return device.concat([wIh_GI, column()], 1);
}

/** The gradients of W_ih and of the bias, from those of the weights with the additional column and of the bias. */
export function releasedGradients(
  device: Device,
  cell: Cell,
  dwIh_GN: Handle,
  dBias_G: Handle,
): { readonly dwIh_GI: Handle; readonly dBias_G: Handle } {
  const [G, N] = dwIh_GN.shape as [number, number];
  const [dwIh_GI, dHold_G1] = device.split(dwIh_GN, [N - 1, 1], 1) as [Handle, Handle];
  if (cell !== 'tanh') return { dwIh_GI, dBias_G };
  return { dwIh_GI, dBias_G: device.op('Sub', [dBias_G, device.reshape(dHold_G1, [G])]) };
}

/** The gradient of x [T, B, I], zero beyond the ends, from that of the input with the additional feature. */
export function releasedInput(device: Device, dx_TBN: Handle, { within_TB1 }: Uneven): Handle {
  const N = dx_TBN.shape[2]!;
  const dx_TBI = device.slice(dx_TBN, [0, 0, 0], [-1, -1, N - 1]);
  return device.select(within_TB1, dx_TBI, device.scalar(0));
}
