import { type Batch, wholeSequences } from '../models/batch.ts';
import { cellNames } from '../models/cells.ts';
import { elements, parameterShapes } from '../models/parameters.ts';
import type { Cell, ModelSpec, Parameters, Tensor } from '../models/spec.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { Philox, Stream } from '../support/philox.ts';
import type { Engine, Trainer } from './engine.ts';

const SIZE = { steps: 12, batch: 5, input: 3, hidden: 10, outputs: 4 };

/**
 * The largest relative error of a gradient tensor of `engine` against `reference`, over all cells that it executes, on a small
 * classification problem: |g - r| / |r| in the L2 norm.
 */
export function gradientError(engine: Engine, reference: Engine): number {
  const errors = cellNames.filter(executes(engine)).flatMap((cell) => {
    const [ours, theirs] = [gradientsOf(engine, cell), gradientsOf(reference, cell)];
    return [...theirs].map(([name, { data }]) => relativeError(ours.get(name)!.data, data));
  });
  return Math.max(...errors);
}

/** An engine refuses (78) a cell that it does not have. */
function executes(engine: Engine): (cell: Cell) => boolean {
  return (cell) => {
    try {
      trainerOf(engine, cell).dispose();
      return true;
    } catch (error) {
      if (error instanceof UserError && error.exitCode === ExitCode.badConfig) return false;
      throw error;
    }
  };
}

function gradientsOf(engine: Engine, cell: Cell): Parameters {
  const trainer = trainerOf(engine, cell);
  try {
    return trainer.gradients(waves()).gradients;
  } finally {
    trainer.dispose();
  }
}

function trainerOf(engine: Engine, cell: Cell): Trainer {
  const model: ModelSpec = {
    input: { kind: 'features', size: SIZE.input },
    layers: [{ cell, hidden: SIZE.hidden, bidirectional: false }],
    projection: null,
    dropout: 0,
    head: { kind: 'softmax', size: SIZE.outputs, at: 'last-step' },
  };
  const random = new Philox(1, Stream.init);
  const parameters = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(model)) {
    const data = new Float32Array(elements(shape));
    random.fillNormal(data, 0.3);
    parameters.set(name, { shape, data });
  }
  return engine.create({
    model,
    optimizer: { name: 'sgd', momentum: 0 },
    clip: null,
    lossReduction: 'mean',
    batchSize: SIZE.batch,
    steps: SIZE.steps,
    parameters,
    seed: 1,
    softmaxSamples: null,
  });
}

/** A batch of sines, the same on every machine that matters here. */
function waves(): Batch {
  const { steps, batch, input, outputs } = SIZE;
  return wholeSequences({
    size: batch,
    steps,
    x_TIB: Float32Array.from({ length: steps * input * batch }, (_, i) => Math.sin(i * 0.7)),
    target: Int32Array.from({ length: batch }, (_, b) => b % outputs),
  });
}

function relativeError(values: Float32Array, reference: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < reference.length; i++) {
    difference += (values[i]! - reference[i]!) ** 2;
    size += reference[i]! ** 2;
  }
  return Math.sqrt(difference / size);
}
