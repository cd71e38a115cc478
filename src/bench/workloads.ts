import type { Engine, Trainer, TrainerOptions } from '../engines/engine.ts';
import { type Batch, wholeSequences } from '../models/batch.ts';
import { parameterShapes } from '../models/parameters.ts';
import type { Cell, ModelSpec, Parameters } from '../models/spec.ts';

/** A training step of the paper's size: batch 16, 100 units, global-norm clipping and SGD. */
export interface Workload {
  readonly name: string;
  readonly cell: Cell;
  readonly task: 'adding' | 'mnist';
  /** Time steps (T). */
  readonly steps: number;
}

const BATCH = 16;
const HIDDEN = 100;

export const workloads: readonly Workload[] = [
  { name: 'irnn-adding-t150', cell: 'relu', task: 'adding', steps: 150 },
  { name: 'irnn-adding-t400', cell: 'relu', task: 'adding', steps: 400 },
  { name: 'irnn-mnist', cell: 'relu', task: 'mnist', steps: 784 },
  { name: 'rnn_tanh-adding-t150', cell: 'tanh', task: 'adding', steps: 150 },
  { name: 'lstm-adding-t150', cell: 'lstm', task: 'adding', steps: 150 },
  { name: 'lstm-adding-t400', cell: 'lstm', task: 'adding', steps: 400 },
  { name: 'lstm-mnist', cell: 'lstm', task: 'mnist', steps: 784 },
];

/**
 * Floating-point operations of one training step, a multiply-add counted as two: the recurrent product three times
 * (forward, back to h, weight gradient; the first step has no h to go back to), the input product twice (inputs need no gradient).
 * Elementwise work, the head and the update are left out, so the fraction of peak is a lower bound.
 */
export function flops(workload: Workload): number {
  const rows = workload.cell === 'lstm' ? 4 * HIDDEN : HIDDEN;
  const recurrent = 2 * rows * HIDDEN * BATCH;
  const input = 2 * rows * inputs(workload) * BATCH;
  return 3 * recurrent * workload.steps - recurrent + 2 * input * workload.steps;
}

/** A trainer on this workload and a batch for it. Its learning rate is for the caller to keep tiny. */
export function prepare(workload: Workload, engine: Engine): { trainer: Trainer; batch: Batch } {
  const random = noise();
  const model: ModelSpec = {
    input: { kind: 'features', size: inputs(workload) },
    layers: [{ cell: workload.cell, hidden: HIDDEN, bidirectional: false }],
    projection: null,
    dropout: 0,
    head:
      workload.task === 'adding'
        ? { kind: 'regression', size: 1, at: 'last-step' }
        : { kind: 'softmax', size: 10, at: 'last-step' },
  };
  const options: TrainerOptions = {
    model,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: { threshold: 1, mode: 'norm' },
    lossReduction: 'mean',
    batchSize: BATCH,
    steps: workload.steps,
    parameters: stableParameters(workload.cell, model, random),
    seed: 1,
    softmaxSamples: null,
  };
  return { trainer: engine.create(options), batch: batchFor(workload, random) };
}

function inputs(workload: Workload): number {
  return workload.task === 'adding' ? 2 : 1;
}

/** Weights under which neither activations nor gradients vanish or explode over 784 steps: near the identity, respectively small. */
function stableParameters(cell: Cell, model: ModelSpec, random: () => number): Parameters {
  return new Map(
    [...parameterShapes(model)].map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
      const scale = name === 'rnn.weight_hh_l0' && cell !== 'lstm' ? 0.002 : 0.1;
      for (let i = 0; i < data.length; i++) data[i] = scale * (2 * random() - 1);
      if (name === 'rnn.weight_hh_l0' && cell !== 'lstm') {
        for (let unit = 0; unit < HIDDEN; unit++) data[unit * HIDDEN + unit]! += 0.99;
      }
      if (name === 'rnn.bias_ih_l0' && cell === 'lstm') data.fill(1, HIDDEN, 2 * HIDDEN);
      return [name, { shape, data }];
    }),
  );
}

function batchFor({ task, steps }: Workload, random: () => number): Batch {
  const size = task === 'adding' ? 2 : 1;
  return wholeSequences({
    size: BATCH,
    steps,
    x_TIB: Float32Array.from({ length: steps * size * BATCH }, random),
    target:
      task === 'adding'
        ? Float32Array.from({ length: BATCH }, () => 2 * random())
        : Int32Array.from({ length: BATCH }, (_, b) => b % 10),
  });
}

/** A repeatable stream of numbers in [0, 1); quality is of no matter here. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
