/**
 * Gradient clipping and the update rules as PyTorch defines them (torch.optim, what the config has no key for at
 * its default), in plain loops: numbers are computed in double precision and stored in float32.
 */
import type { Parameters, Tensor } from '../../models/spec.ts';
import type { ClipSpec, OptimizerSpec, TrainerState } from '../engine.ts';
import { slotNames } from '../trainer-state.ts';

/** L2 norm over all components of all gradients, in double precision. */
export function globalNorm(gradients: Parameters): number {
  let squares = 0;
  for (const { data } of gradients.values()) for (const g of data) squares += g * g;
  return Math.sqrt(squares);
}

/**
 * Clips gradients in place; returns whether it changed any. `norm` multiplies all by threshold / norm when the
 * global norm exceeds the threshold (torch.nn.utils.clip_grad_norm_, without its 1e-6 in the denominator).
 */
export function clipGradients(gradients: Parameters, norm: number, clip: ClipSpec | null): boolean {
  if (clip === null) return false;
  const { threshold, mode } = clip;
  let clipped = false;
  for (const { data } of gradients.values()) {
    for (let i = 0; i < data.length; i++) {
      const g = data[i]!;
      if (mode === 'norm' ? norm > threshold : Math.abs(g) > threshold) {
        clipped = true;
        data[i] = mode === 'norm' ? g * (threshold / norm) : Math.sign(g) * threshold;
      }
    }
  }
  return clipped;
}

/** Slots of zeros, before the first update. */
export function initialOptimizerState(
  optimizer: OptimizerSpec,
  parameters: Parameters,
): Omit<TrainerState, 'carried'> {
  const slots = new Map<string, Tensor>();
  for (const slot of slotNames(optimizer)) {
    for (const [name, { shape, data }] of parameters) {
      slots.set(`${slot}.${name}`, { shape, data: new Float32Array(data.length) });
    }
  }
  return { slots, updates: 0 };
}

/** Applies one update in place, to the parameters and the slots. `update` counts from 1. */
export function applyUpdate(
  optimizer: OptimizerSpec,
  learningRate: number,
  update: number,
  parameters: Parameters,
  gradients: Parameters,
  slots: Parameters,
): void {
  for (const [name, { data: p }] of parameters) {
    const g = decayed(optimizer, learningRate, p, gradients.get(name)!.data);
    const slot = (slotName: string) => slots.get(`${slotName}.${name}`)!.data;
    switch (optimizer.name) {
      case 'sgd':
        if (optimizer.momentum > 0)
          sgdMomentum(p, g, slot('momentum_buffer'), learningRate, optimizer.momentum);
        else sgd(p, g, learningRate);
        break;
      case 'rmsprop':
        if (optimizer.momentum > 0) {
          rmspropMomentum(p, g, slot('square_avg'), slot('momentum_buffer'), learningRate, optimizer);
        } else rmsprop(p, g, slot('square_avg'), learningRate, optimizer);
        break;
      case 'adam':
        adam(p, g, slot('exp_avg'), slot('exp_avg_sq'), learningRate, update, optimizer);
        break;
    }
  }
}

/**
 * Weight decay of torch.optim: the gradient with weight_decay times the parameters added to it; or, if it is decoupled
 * (AdamW), the gradient as it is, and the parameters shrunk in place.
 */
function decayed(optimizer: OptimizerSpec, rate: number, p: Float32Array, g: Float32Array): Float32Array {
  const { weight_decay: decay = 0 } = optimizer;
  if (decay === 0) return g;
  if (optimizer.name === 'adam' && optimizer.decoupled_weight_decay) {
    for (let i = 0; i < p.length; i++) p[i] = p[i]! * (1 - rate * decay);
    return g;
  }
  return g.map((value, i) => value + decay * p[i]!);
}

type Rmsprop = Extract<OptimizerSpec, { name: 'rmsprop' }>;
type Adam = Extract<OptimizerSpec, { name: 'adam' }>;

function sgd(p: Float32Array, g: Float32Array, rate: number): void {
  for (let i = 0; i < p.length; i++) p[i] = p[i]! - rate * g[i]!;
}

/** torch.optim.SGD: the buffer starts as the first gradient, and there is no dampening. */
function sgdMomentum(
  p: Float32Array,
  g: Float32Array,
  buffer: Float32Array,
  rate: number,
  momentum: number,
): void {
  for (let i = 0; i < p.length; i++) {
    buffer[i] = momentum * buffer[i]! + g[i]!;
    p[i] = p[i]! - rate * buffer[i]!;
  }
}

/** torch.optim.RMSprop: epsilon is added to the root. */
function rmsprop(p: Float32Array, g: Float32Array, square: Float32Array, rate: number, spec: Rmsprop): void {
  for (let i = 0; i < p.length; i++) {
    square[i] = spec.decay * square[i]! + (1 - spec.decay) * g[i]! ** 2;
    p[i] = p[i]! - (rate * g[i]!) / (Math.sqrt(square[i]!) + spec.epsilon);
  }
}

function rmspropMomentum(
  p: Float32Array,
  g: Float32Array,
  square: Float32Array,
  buffer: Float32Array,
  rate: number,
  spec: Rmsprop,
): void {
  for (let i = 0; i < p.length; i++) {
    square[i] = spec.decay * square[i]! + (1 - spec.decay) * g[i]! ** 2;
    buffer[i] = spec.momentum * buffer[i]! + g[i]! / (Math.sqrt(square[i]!) + spec.epsilon);
    p[i] = p[i]! - rate * buffer[i]!;
  }
}

/** torch.optim.Adam: bias-corrected moments, epsilon added to the corrected root. */
function adam(
  p: Float32Array,
  g: Float32Array,
  mean: Float32Array,
  square: Float32Array,
  rate: number,
  update: number,
  spec: Adam,
): void {
  const meanCorrection = 1 - spec.beta1 ** update;
  const squareCorrection = 1 - spec.beta2 ** update;
  for (let i = 0; i < p.length; i++) {
    mean[i] = spec.beta1 * mean[i]! + (1 - spec.beta1) * g[i]!;
    square[i] = spec.beta2 * square[i]! + (1 - spec.beta2) * g[i]! ** 2;
    const root = Math.sqrt(square[i]! / squareCorrection) + spec.epsilon;
    p[i] = p[i]! - (rate * (mean[i]! / meanCorrection)) / root;
  }
}
