import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Batch, Scores } from '../models/batch.ts';
import { parameterShapes } from '../models/parameters.ts';
import type { Parameters, Tensor } from '../models/spec.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { Engine, StepResult, Trainer, TrainerOptions, TrainerState } from './engine.ts';
import { registerGradients } from './reference-gradients.ts';
import { hiddenStates, onlyLayer, outputs, summedLoss, type Weights } from './reference-model.ts';
import { applyUpdate, clipGradients, globalNorm, initialState, slotNames } from './reference-optimizer.ts';

/** Chooses the CPU backend, and readies automatic differentiation. */
export async function startTensorflow(): Promise<Engine['info']> {
  // Production mode also keeps TensorFlow.js from advertising its native package on stderr.
  tf.enableProdMode();
  registerGradients();
  await tf.setBackend('cpu');
  return {
    engine: 'reference',
    device: 'cpu',
    instructionSet: 'javascript',
    threads: 1,
    versions: { '@tensorflow/tfjs-core': tf.version_core },
  };
}

/** Parameters and slots live in plain arrays; tensors exist within one call only. */
export class ReferenceTrainer implements Trainer {
  readonly #options: TrainerOptions;
  #parameters: Parameters;
  #state: TrainerState;

  constructor(options: TrainerOptions) {
    this.#options = options;
    checkShapes(options.parameters, parameterShapes(options.model));
    this.#parameters = copy(options.parameters);
    this.#state = initialState(options.optimizer, options.parameters);
  }

  step(batch: Batch, learningRate: number): StepResult {
    const { optimizer, clip } = this.#options;
    const { loss, gradients } = this.gradients(batch);
    const gradientNorm = globalNorm(gradients);
    if (!Number.isFinite(gradientNorm)) return { loss, gradientNorm, clipped: false, skipped: true };
    const clipped = clipGradients(gradients, gradientNorm, clip);
    const updates = this.#state.updates + 1;
    applyUpdate(optimizer, learningRate, updates, this.#parameters, gradients, this.#state.slots);
    this.#state = { ...this.#state, updates };
    return { loss, gradientNorm, clipped, skipped: false };
  }

  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters } {
    const { model, lossReduction, parameters } = this.#options;
    this.#checkTrainingBatch(batch);
    const names = [...parameters.keys()];
    return scoped(() => {
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
        const weights = new Map(names.map((name, i) => [name, tensors[i]!]));
        const sum = summedLoss(model, outputs(model, weights, batch), batch);
        return lossReduction === 'sum' ? sum : tf.mul(sum, 1 / batch.size);
      })([...this.#weights().values()]);
      return {
        loss: value.dataSync()[0]!,
        gradients: new Map(
          names.map((name, i) => [name, { shape: parameters.get(name)!.shape, data: read(grads[i]!) }]),
        ),
      };
    });
  }

  evaluate(batch: Batch): Scores {
    const { model } = this.#options;
    return scoped(() => {
      const y_BO = outputs(model, this.#weights(), batch);
      const loss = summedLoss(model, y_BO, batch).dataSync()[0]!;
      const predicted = model.head.kind === 'softmax' ? Int32Array.from(tf.argMax(y_BO, 1).dataSync()) : null;
      return { targets: batch.size, loss, predicted };
    });
  }

  liveUnits(batch: Batch): number {
    const live = new Uint8Array(onlyLayer(this.#options.model).hidden);
    tf.tidy(() => {
      for (const h_BH of hiddenStates(this.#options.model, this.#weights(), batch)) {
        for (const [i, value] of h_BH.dataSync().entries()) if (value !== 0) live[i % live.length] = 1;
      }
    });
    return live.reduce((count, unit) => count + unit, 0);
  }

  parameters(): Parameters {
    return copy(this.#parameters);
  }

  state(): TrainerState {
    return { ...this.#state, slots: copy(this.#state.slots) };
  }

  load(parameters: Parameters, state: TrainerState): void {
    const { model, optimizer } = this.#options;
    const shapes = parameterShapes(model);
    checkShapes(parameters, shapes);
    const slots = slotNames(optimizer).flatMap((slot) =>
      [...shapes].map(([name, shape]): [string, readonly number[]] => [`${slot}.${name}`, shape]),
    );
    checkShapes(state.slots, new Map(slots));
    this.#parameters = copy(parameters);
    this.#state = { ...state, slots: copy(state.slots) };
  }

  dispose(): void {
    this.#parameters = new Map();
    this.#state = { slots: new Map(), updates: 0, carried: new Map() };
  }

  #weights(): Weights {
    return new Map(
      [...this.#parameters].map(([name, { shape, data }]) => [name, tf.tensor(data.slice(), [...shape])]),
    );
  }

  #checkTrainingBatch(batch: Batch): void {
    const { batchSize, steps } = this.#options;
    if (batch.size === batchSize && batch.steps === steps) return;
    throw new Error(
      `expected a batch of ${batchSize} x ${steps} steps, found ${batch.size} x ${batch.steps}`,
    );
  }
}

/** As `tf.tidy`: frees all tensors made inside. For results that aren't tensors. */
function scoped<T>(compute: () => T): T {
  const results: T[] = [];
  tf.tidy(() => {
    results.push(compute());
  });
  return results[0] as T;
}

function read(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}

function copy(tensors: Parameters): Parameters {
  return new Map(
    [...tensors].map(([name, { shape, data }]): [string, Tensor] => [name, { shape, data: data.slice() }]),
  );
}

/** Throws UserError (65) when tensors are missing or have another shape: they come from a checkpoint of another model. */
function checkShapes(tensors: Parameters, shapes: ReadonlyMap<string, readonly number[]>): void {
  for (const [name, shape] of shapes) {
    const found = tensors.get(name)?.shape;
    if (found?.join() === shape.join()) continue;
    const description = found ? `one of shape [${found.join(', ')}]` : 'none';
    throw new UserError(
      ExitCode.badData,
      `${name}: the model needs a tensor of shape [${shape.join(', ')}], found ${description}`,
    );
  }
}
