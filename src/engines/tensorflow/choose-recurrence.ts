import { parameterShapes } from '../../models/parameters.ts';
import type { ModelSpec, RecurrentLayer } from '../../models/spec.ts';
import { cudnnRecurrence } from './cudnn-recurrence.ts';
import type { Device, Handle } from './device.ts';
import { extentOf } from './extent.ts';
import { rawRecurrence } from './raw-recurrence.ts';
import type { Extent, Gradients, Recurrence } from './recurrence.ts';

export interface Choice {
  readonly recurrence: Recurrence;
  /** Why cuDNN is not used; null where it is. */
  readonly reason: string | null;
}

/** Far more than rounding, far less than parameters in another order would make. */
const TOLERANCE = 1e-3;

/** How often even and uneven lengths follow each other: what goes wrong from time to time must show. */
const ROUNDS = 5;

const SIZE = { T: 5, B: 3, I: 2, H: 3 };

/** Sequences of a batch of each kind; one is empty. */
const LENGTHS = { even: null, uneven: Int32Array.of(5, 0, 2) } as const;

/**
 * cuDNN's fused operations where they work, else steps of small ones. They are tried on small stacks of each cell: a
 * device without them refuses, and on a device on which they gave other outputs and gradients than the small steps, be
 * it once, they would not be used. `withoutCudnn` is a reason not to try.
 */
export function chooseRecurrence(device: Device, withoutCudnn: string | null): Choice {
  const reason = withoutCudnn ?? whyNotFused(device);
  return { recurrence: reason === null ? cudnnRecurrence : rawRecurrence, reason };
}

function whyNotFused(device: Device): string | null {
  for (const cell of ['relu', 'tanh', 'lstm'] as const) {
    for (const bidirectional of [false, true]) {
      const what = `cuDNN's ${cell} layers${bidirectional ? ' in both directions' : ''}`;
      const layer = { cell, hidden: SIZE.H, bidirectional };
      try {
        const difference = findDifference(device, layer);
        if (difference !== null) return `${what}: ${difference}`;
      } catch (error) {
        // Where there is no kernel for the device, or cuDNN fails, TensorFlow says so.
        return `${what} fail: ${firstLine(error)}`;
      }
    }
  }
  return null;
}

/** Even, uneven and even lengths again, at one T, in turn. */
function findDifference(device: Device, layer: RecurrentLayer): string | null {
  for (let round = 1; round <= ROUNDS; round++) {
    // The gradient comes from the last outputs in one round, from all in the next.
    const lastOnly = round % 2 === 1;
    for (const kind of ['even', 'uneven', 'even'] as const) {
      const expected = trial(device, rawRecurrence, layer, kind, lastOnly);
      poison(device, layer);
      const found = trial(device, cudnnRecurrence, layer, kind, lastOnly);
      for (const [name, values] of expected) {
        const furthest = largestDifference(found.get(name)!, values);
        if (furthest < TOLERANCE) continue;
        return `${name} differ by ${furthest.toPrecision(2)} from those of small steps (${kind} lengths, round ${round} of ${ROUNDS})`;
      }
    }
  }
  return null;
}

/** NaN where one of the values is. */
function largestDifference(found: Float32Array, expected: Float32Array): number {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
}

/**
 * Leaves memory full of NaN where the device is likely to put the next results: what cuDNN doesn't write, but is taken
 * for written, then shows.
 */
function poison(device: Device, { bidirectional }: RecurrentLayer): void {
  const { T, B, I, H } = SIZE;
  const width = bidirectional ? 2 * H : H;
  device.scope(() => {
    for (const elements of [T * B * width, T * B * I, T * B * (I + 1), 2 * B * width, 500]) {
      const nan = device.op('Fill', [device.ints([elements]), device.scalar(Number.NaN)]);
      device.op('Neg', [nan]);
    }
  });
}

/** Outputs, last outputs, the gradient of the input and those of the weights, of two layers one above the other. */
function trial(
  device: Device,
  recurrence: Recurrence,
  layer: RecurrentLayer,
  kind: keyof typeof LENGTHS,
  lastOnly: boolean,
): ReadonlyMap<string, Float32Array> {
  const { T, B, I } = SIZE;
  const model: ModelSpec = {
    input: { kind: 'features', size: I },
    layers: [layer, layer],
    projection: null,
    dropout: 0,
    head: { kind: 'regression', size: 1, at: 'last-step' },
  };
  return device.scope(() => {
    const shapes = [...parameterShapes(model)].filter(([name]) => name.startsWith('rnn.'));
    const weights = new Map(
      shapes.map(([name, shape]) => [name, device.floats(waves(shape.reduce((a, b) => a * b, 1)), shape)]),
    );
    const extent = extentOf(device, { steps: T, size: B, lengths: LENGTHS[kind] });
    const x_TBI = within(device, device.floats(waves(T * B * I), [T, B, I]), extent);
    let upwards = x_TBI;
    const passes = recurrence.blocks(model.layers, extent.uneven !== null).map((block) => {
      const pass = recurrence.forward(device, block, weights, upwards, extent, new Map());
      upwards = pass.outputs();
      return pass;
    });
    // Where a sequence is empty, its last output is anything.
    const present = extent.uneven?.present_B1;
    const all = passes.at(-1)!.last();
    const last = present === undefined ? all : device.select(present, all, device.scalar(0));
    const gradients: Gradients = new Map();
    let down = upwards;
    for (const [i, pass] of [...passes].reverse().entries()) {
      down = pass.backward(i === 0 && lastOnly ? { last } : { outputs: down }, gradients, true)!;
    }
    const found = new Map<string, Handle>([
      ['outputs', upwards],
      ['last outputs', last],
      ['gradients of the input', within(device, down, extent)],
      ...shapes.map(([name]) => [`gradients of ${name}`, gradients.get(name)!] as const),
    ]);
    return new Map([...found].map(([name, handle]) => [name, Float32Array.from(device.read(handle))]));
  });
}

/** Zero beyond the ends of the sequences. */
function within(device: Device, x: Handle, { uneven }: Extent): Handle {
  return uneven === null ? x : device.select(uneven.within_TB1, x, device.scalar(0));
}

function waves(n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => 0.5 * Math.sin(1 + 2 * i));
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
}
