/**
 * Clipping and the update rules of engines/reference/optimizer.ts, on the device. All parameters are one vector there, and so
 * are all gradients and each slot; P is its length.
 */
import type { ClipSpec, OptimizerSpec } from '../engine.ts';
import { attributes, Type } from './binding.ts';
import type { Device, Handle } from './device.ts';

const toDouble = attributes({ DstT: { type: Type.double } });
const toFloat = attributes({ DstT: { type: Type.float } });
const toBits = attributes({ type: { type: Type.int32 } });
const packDoubles = attributes({ T: { type: Type.double }, N: 4 });

export interface Clipped {
  readonly gradient_P: Handle;
  /** Whether the gradient is finite; a flag. */
  readonly finite: Handle;
  /** Loss, global norm before clipping, clipped, skipped: four doubles as pairs of integers, which can be read. */
  readonly report: Handle;
}

/** The norm is summed in double precision: it is finite where a sum of float32 squares would overflow. */
export function clipGradient(
  device: Device,
  loss: Handle,
  gradient_P: Handle,
  clip: ClipSpec | null,
): Clipped {
  const exact_P = device.op('Cast', [gradient_P], toDouble);
  const squares = device.op('Sum', [device.op('Square', [exact_P]), device.ints([0])]);
  const norm = device.op('Sqrt', [squares]);
  const finite = device.op('IsFinite', [norm]);
  let clipped = device.double(0);
  let limited_P = gradient_P;
  if (clip?.mode === 'norm') {
    const threshold = device.double(clip.threshold);
    const exceeds = device.op('Greater', [norm, threshold]);
    const quotient = device.op('RealDiv', [threshold, norm]);
    const factor = device.op('SelectV2', [exceeds, quotient, device.double(1)]);
    limited_P = device.multiply(gradient_P, device.op('Cast', [factor], toFloat));
    clipped = device.op('Cast', [device.op('LogicalAnd', [exceeds, finite])], toDouble);
  } else if (clip?.mode === 'elementwise') {
    const [low, high] = [device.scalar(-clip.threshold), device.scalar(clip.threshold)];
    limited_P = device.op('ClipByValue', [gradient_P, low, high]);
    const beyond = device.op('Greater', [device.op('Abs', [gradient_P]), high]);
    const any = device.op('Any', [beyond, device.ints([0])]);
    clipped = device.op('Cast', [device.op('LogicalAnd', [any, finite])], toDouble);
  }
  const skipped = device.op('Cast', [device.op('LogicalNot', [finite])], toDouble);
  const figures = [device.op('Cast', [loss], toDouble), norm, clipped, skipped];
  const report = device.op('Bitcast', [device.op('Pack', figures, packDoubles)], toBits);
  return { gradient_P: limited_P, finite, report };
}

export interface Updatable {
  readonly parameters_P: Handle;
  /** By torch.optim's names. */
  readonly slots: ReadonlyMap<string, Handle>;
  /** How often the rule was applied; a double. */
  readonly updates: Handle;
}

/** One update, or what was before if the gradient is not finite. */
export function updated(
  device: Device,
  optimizer: OptimizerSpec,
  rate: Handle,
  before: Updatable,
  { gradient_P, finite }: Clipped,
): Updatable {
  const { parameters_P: p } = before;
  const { weight_decay: decay = 0 } = optimizer;
  const isDecoupled = optimizer.name === 'adam' && optimizer.decoupled_weight_decay === true && decay > 0;
  const g =
    decay === 0 || isDecoupled
      ? gradient_P
      : device.add(gradient_P, device.multiply(p, device.scalar(decay)));
  const slot = (name: string) => before.slots.get(name)!;
  const n = device.op('AddV2', [before.updates, device.double(1)]);
  const square = (x: Handle) => device.op('Square', [x]);
  /** a decay + b (1 - decay) */
  const mixed = (a: Handle, decay: number, b: Handle) =>
    device.add(device.multiply(a, device.scalar(decay)), device.multiply(b, device.scalar(1 - decay)));
  const over = (a: Handle, b: Handle) => device.op('RealDiv', [a, b]);
  const root = (x: Handle, epsilon: number) => device.add(device.op('Sqrt', [x]), device.scalar(epsilon));
  const slots = new Map<string, Handle>();
  let direction = g;
  if (optimizer.name === 'sgd') {
    if (optimizer.momentum > 0) {
      direction = device.add(device.multiply(slot('momentum_buffer'), device.scalar(optimizer.momentum)), g);
      slots.set('momentum_buffer', direction);
    }
  } else if (optimizer.name === 'rmsprop') {
    const average = mixed(slot('square_avg'), optimizer.decay, square(g));
    slots.set('square_avg', average);
    direction = over(g, root(average, optimizer.epsilon));
    if (optimizer.momentum > 0) {
      const buffer = device.multiply(slot('momentum_buffer'), device.scalar(optimizer.momentum));
      direction = device.add(buffer, direction);
      slots.set('momentum_buffer', direction);
    }
  } else {
    const { beta1, beta2, epsilon } = optimizer;
    const mean = mixed(slot('exp_avg'), beta1, g);
    const variance = mixed(slot('exp_avg_sq'), beta2, square(g));
    slots.set('exp_avg', mean).set('exp_avg_sq', variance);
    const correction = (beta: number) => {
      const power = device.op('Pow', [device.double(beta), n]);
      return device.op('Cast', [device.op('Sub', [device.double(1), power])], toFloat);
    };
    direction = over(over(mean, correction(beta1)), root(over(variance, correction(beta2)), epsilon));
  }
  const shrinking = isDecoupled ? device.multiply(p, device.multiply(rate, device.scalar(decay))) : null;
  const kept = shrinking === null ? p : device.op('Sub', [p, shrinking]);
  const moved = device.op('Sub', [kept, device.multiply(direction, rate)]);
  const chosen = (after: Handle, old: Handle) => device.select(finite, after, old);
  return {
    parameters_P: chosen(moved, p),
    slots: new Map([...slots].map(([name, after]) => [name, chosen(after, slot(name))])),
    updates: device.op('SelectV2', [finite, n, before.updates]),
  };
}
