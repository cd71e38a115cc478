import type { Engine, Trainer, TrainerOptions } from '../engines/engine.ts';
import { type Batch, wholeSequences } from '../models/batch.ts';
import { type Cell, gateRows } from '../models/cells.ts';
import { elements, parameterSpecs } from '../models/parameters.ts';
import type { Head, ModelInput, ModelSpec, Parameters } from '../models/spec.ts';

/** A training step of one of the paper's models, with global-norm clipping and SGD. */
export interface Workload {
  readonly name: string;
  readonly model: ModelSpec;
  /** Sequences (B). */
  readonly batch: number;
  /** Time steps (T). */
  readonly steps: number;
}

interface Stack {
  readonly cell: Cell;
  readonly hidden: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
}

function modelOf(input: ModelInput, head: Head, stack: Stack): ModelSpec {
  const { cell, hidden, layers = 1, bidirectional = false } = stack;
  return {
    input,
    layers: Array.from({ length: layers }, () => ({ cell, hidden, bidirectional })),
    projection: null,
    dropout: 0,
    head,
  };
}

/** Section 4.1: two features a step, one number after the last. */
function adding(name: string, cell: Cell, steps: number): Workload {
  const input = { kind: 'features', size: 2 } as const;
  const head = { kind: 'regression', size: 1, at: 'last-step' } as const;
  return { name, model: modelOf(input, head, { cell, hidden: 100 }), batch: 16, steps };
}

/** Section 4.2: a pixel a step, a digit after the last. */
function pixels(name: string, cell: Cell): Workload {
  const input = { kind: 'features', size: 1 } as const;
  const head = { kind: 'softmax', size: 10, at: 'last-step' } as const;
  return { name, model: modelOf(input, head, { cell, hidden: 100 }), batch: 16, steps: 784 };
}

/** Section 4.3 on a vocabulary of 10,000 words: embeddings, a softmax at every step. */
function language(name: string, stack: Stack): Workload {
  const input = { kind: 'tokens', vocabulary: 10_000, embedding: 512 } as const;
  const head = { kind: 'softmax', size: 10_000, at: 'every-step' } as const;
  return { name, model: modelOf(input, head, stack), batch: 32, steps: 20 };
}

/** Section 4.4: filter banks with deltas and accelerations, phone states; both directions. */
function speech(name: string, stack: Stack): Workload {
  const input = { kind: 'features', size: 120 } as const;
  const head = { kind: 'softmax', size: 180, at: 'every-step' } as const;
  return { name, model: modelOf(input, head, { ...stack, bidirectional: true }), batch: 16, steps: 300 };
}

/** The recurrence of section 4.3 by itself. */
const lstm512: Workload = {
  name: 'lstm-512',
  model: modelOf(
    { kind: 'features', size: 1 },
    { kind: 'regression', size: 1, at: 'last-step' },
    { cell: 'lstm', hidden: 512 },
  ),
  batch: 32,
  steps: 20,
};

export const workloads: readonly Workload[] = [
  adding('irnn-adding-t150', 'relu', 150),
  adding('irnn-adding-t400', 'relu', 400),
  pixels('irnn-mnist', 'relu'),
  adding('rnn_tanh-adding-t150', 'tanh', 150),
  adding('lstm-adding-t150', 'lstm', 150),
  adding('lstm-adding-t400', 'lstm', 400),
  pixels('lstm-mnist', 'lstm'),
  lstm512,
  language('lm-lstm-512', { cell: 'lstm', hidden: 512 }),
  language('lm-irnn-4x512', { cell: 'relu', hidden: 512, layers: 4 }),
  speech('speech-birnn-5x500', { cell: 'relu', hidden: 500, layers: 5 }),
  speech('speech-bilstm-2x250', { cell: 'lstm', hidden: 250, layers: 2 }),
];

/**
 * Floating-point operations of one training step, a multiply-add counted as two: the recurrent products three times
 * (forward, back to h, weight gradient; the first step has no h to go back to), those of the inputs three times too, or
 * twice where they are features, which need no gradient; a head at every step three times.
 * Elementwise work, a head after the last step and the update are left out, so the fraction of peak is a lower bound.
 */
export function flops({ model, batch, steps }: Workload): number {
  const { input, head } = model;
  let below = input.kind === 'tokens' ? input.embedding : input.size;
  let products = 0;
  for (const [k, { cell, hidden, bidirectional }] of model.layers.entries()) {
    const directions = bidirectional ? 2 : 1;
    const ofInputs = k === 0 && input.kind === 'features' ? 2 : 3;
    products += directions * gateRows(cell, hidden) * (hidden * (3 * steps - 1) + ofInputs * below * steps);
    below = directions * hidden;
  }
  if (head.at === 'every-step') products += 3 * head.size * below * steps;
  return 2 * batch * products;
}

/** A trainer on this workload and a batch for it. Its learning rate is for the caller to keep tiny. */
export function prepare(
  { model, batch, steps }: Workload,
  engine: Engine,
): { trainer: Trainer; batch: Batch } {
  const random = noise();
  const options: TrainerOptions = {
    model,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: { threshold: 1, mode: 'norm' },
    lossReduction: 'mean',
    batchSize: batch,
    steps,
    parameters: stableParameters(model, random),
    seed: 1,
    softmaxSamples: null,
  };
  return { trainer: engine.create(options), batch: batchFor(model, batch, steps, random) };
}

/** Weights that keep activations and gradients in range over 784 steps: near the identity for plain cells, small for the LSTM. */
function stableParameters(model: ModelSpec, random: () => number): Parameters {
  const { cell, hidden } = model.layers[0]!;
  const nearIdentity = cell !== 'lstm';
  return new Map(
    parameterSpecs(model).map(({ name, shape, role }) => {
      const recurrent = role === 'recurrent';
      const fanIn = shape[1] ?? 1;
      const scale = recurrent && nearIdentity ? 0.002 : 0.1 * Math.min(1, Math.sqrt(100 / fanIn));
      const data = Float32Array.from({ length: elements(shape) }, () => scale * (2 * random() - 1));
      if (recurrent && nearIdentity) {
        for (let unit = 0; unit < hidden; unit++) data[unit * hidden + unit]! += 0.99;
      }
      if (role === 'bias' && cell === 'lstm') data.fill(1, hidden, 2 * hidden);
      return [name, { shape, data }];
    }),
  );
}

function batchFor({ input, head }: ModelSpec, size: number, steps: number, random: () => number): Batch {
  const below = (n: number) => Math.floor(random() * n);
  const positions = size * (head.at === 'every-step' ? steps : 1);
  return wholeSequences({
    size,
    steps,
    x_TIB:
      input.kind === 'tokens'
        ? Int32Array.from({ length: steps * size }, () => below(input.vocabulary))
        : Float32Array.from({ length: steps * input.size * size }, random),
    target:
      head.kind === 'regression'
        ? Float32Array.from({ length: size * head.size }, () => 2 * random())
        : Int32Array.from({ length: positions }, () => below(head.size)),
  });
}

/** A repeatable stream of numbers in [0, 1); its quality does not matter here. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
