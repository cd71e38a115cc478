/** Training in double precision: the update rules one component at a time, on the gradients of the double-precision reference. */
import type { OptimizerSpec, TrainerOptions } from '../../../src/engines/engine.ts';
import type { Batch } from '../../../src/models/batch.ts';
import { classSampler } from '../../../src/models/sampled-softmax.ts';
import { type DoubleParameters, doubleGradients, toDouble } from './double-reference.ts';

export interface DoubleTraining {
  readonly parameters: DoubleParameters;
  /** By torch.optim's names, as in TrainerState. */
  readonly slots: DoubleParameters;
  readonly steps: readonly {
    readonly loss: number;
    readonly gradientNorm: number;
    readonly clipped: boolean;
  }[];
}

export function trainInDouble(
  { parameters: start, ...settings }: TrainerOptions,
  batches: readonly Batch[],
  rate: number,
): DoubleTraining {
  const { model, optimizer, clip, seed } = settings;
  const parameters = toDouble(start);
  const slots: DoubleParameters = new Map();
  const sampler = classSampler(settings);
  const steps: { loss: number; gradientNorm: number; clipped: boolean }[] = [];
  let final: DoubleParameters = new Map();
  for (const [n, batch] of batches.entries()) {
    const sample = sampler?.sample(batch.index, batch.target as Int32Array);
    const options = { seed, ...(batch.carry && { initial: final }), ...(sample && { sample }) };
    const result = doubleGradients(model, parameters, batch, options);
    final = result.final;
    const scale = settings.lossReduction === 'sum' ? 1 : 1 / Math.max(1, result.targets);
    const all = [...result.gradients.values()].flatMap((data) => [...data]).map((g) => g * scale);
    const gradientNorm = Math.hypot(...all);
    const over = (g: number) =>
      clip !== null && Math.abs(clip.mode === 'norm' ? gradientNorm : g) > clip.threshold;
    steps.push({ loss: result.loss * scale, gradientNorm, clipped: all.some(over) });
    for (const [name, w] of parameters) {
      const decayed = (optimizer.weight_decay ?? 0) * (isDecoupled(optimizer) ? 0 : 1);
      const g = result.gradients.get(name)!.map((sum, i) => {
        const one = sum * scale;
        const clipped = !over(one)
          ? one
          : clip!.mode === 'norm'
            ? (one * clip!.threshold) / gradientNorm
            : Math.sign(one) * clip!.threshold;
        return clipped + decayed * w[i]!;
      });
      const slot = (kind: string) => {
        const key = `${kind}.${name}`;
        const values = slots.get(key) ?? new Float64Array(w.length);
        slots.set(key, values);
        return values;
      };
      update(optimizer, rate, n + 1, w, g, slot);
    }
  }
  return { parameters, slots, steps };
}

function isDecoupled(rule: OptimizerSpec): boolean {
  return rule.name === 'adam' && rule.decoupled_weight_decay === true;
}

/** In place; `n` counts updates from 1. */
function update(
  rule: OptimizerSpec,
  rate: number,
  n: number,
  w: Float64Array,
  gradient: Float64Array,
  slot: (kind: string) => Float64Array,
): void {
  if (isDecoupled(rule)) for (const [i, value] of w.entries()) w[i] = value * (1 - rate * rule.weight_decay!);
  for (const [i, g] of gradient.entries()) {
    switch (rule.name) {
      case 'sgd': {
        if (rule.momentum === 0) {
          w[i]! -= rate * g;
          break;
        }
        const buffer = slot('momentum_buffer');
        buffer[i] = n === 1 ? g : rule.momentum * buffer[i]! + g;
        w[i]! -= rate * buffer[i]!;
        break;
      }
      case 'rmsprop': {
        const average = slot('square_avg');
        average[i] = rule.decay * average[i]! + (1 - rule.decay) * g * g;
        const scaled = g / (Math.sqrt(average[i]!) + rule.epsilon);
        if (rule.momentum === 0) {
          w[i]! -= rate * scaled;
          break;
        }
        const buffer = slot('momentum_buffer');
        buffer[i] = rule.momentum * buffer[i]! + scaled;
        w[i]! -= rate * buffer[i]!;
        break;
      }
      case 'adam': {
        const [mean, square] = [slot('exp_avg'), slot('exp_avg_sq')];
        mean[i] = rule.beta1 * mean[i]! + (1 - rule.beta1) * g;
        square[i] = rule.beta2 * square[i]! + (1 - rule.beta2) * g * g;
        const root = Math.sqrt(square[i]! / (1 - rule.beta2 ** n)) + rule.epsilon;
        w[i]! -= (rate * mean[i]!) / (1 - rule.beta1 ** n) / root;
        break;
      }
    }
  }
}
