import { parameterShapes } from '../../models/parameters.ts';
import type { Cell, ModelSpec } from '../../models/spec.ts';
import { cudnnRecurrence } from './cudnn-recurrence.ts';
import type { Device } from './device.ts';
import { rawRecurrence } from './raw-recurrence.ts';
import type { Recurrence } from './recurrence.ts';

/** Far more than rounding, far less than parameters in another order would make. */
const TOLERANCE = 1e-3;

/**
 * cuDNN's fused operations where they work, else steps of small ones. They are tried once, on a small stack in both
 * directions of each cell: a device without them refuses, and a device on which they gave other outputs and gradients
 * than the small steps would not be used.
 */
export function chooseRecurrence(device: Device): Recurrence {
  try {
    const agree = (['relu', 'tanh', 'lstm'] as const).every((cell) => {
      const [fused, small] = [trial(device, cudnnRecurrence, cell), trial(device, rawRecurrence, cell)];
      return fused.every((value, i) => Math.abs(value - small[i]!) < TOLERANCE);
    });
    return agree ? cudnnRecurrence : rawRecurrence;
  } catch {
    // Where there is no kernel for the device, TensorFlow says so.
    return rawRecurrence;
  }
}

/** Outputs and weight gradients of two layers in both directions, one after the other. */
function trial(device: Device, recurrence: Recurrence, cell: Cell): number[] {
  const [T, B, I, H] = [3, 2, 2, 3];
  const layer = { cell, hidden: H, bidirectional: true };
  const model: ModelSpec = {
    input: { kind: 'features', size: I },
    layers: [layer, layer],
    projection: null,
    dropout: 0,
    head: { kind: 'regression', size: 1, at: 'last-step' },
  };
  const waves = (n: number) => Float32Array.from({ length: n }, (_, i) => 0.5 * Math.sin(1 + 2 * i));
  return device.scope(() => {
    const shapes = [...parameterShapes(model)].filter(([name]) => name.startsWith('rnn.'));
    const weights = new Map(
      shapes.map(([name, shape]) => [name, device.floats(waves(shape.reduce((a, b) => a * b, 1)), shape)]),
    );
    const extent = { T, B, uneven: null };
    let upwards = device.floats(waves(T * B * I), [T, B, I]);
    const passes = recurrence.blocks(model.layers, false).map((block) => {
      const pass = recurrence.forward(device, block, weights, upwards, extent, new Map());
      upwards = pass.outputs();
      return pass;
    });
    const gradients = new Map();
    let down = upwards;
    for (const pass of passes.reverse()) down = pass.backward({ outputs: down }, gradients, true)!;
    return [upwards, down, ...shapes.map(([name]) => gradients.get(name)!)].flatMap((handle) => [
      ...device.read(handle),
    ]);
  });
}
