import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type Batch, countTargets, type Scores } from '../../models/batch.ts';
import { parameterShapes } from '../../models/parameters.ts';
import { type ClassSampler, classSampler } from '../../models/sampled-softmax.ts';
import type { Parameters, Tensor } from '../../models/spec.ts';
import type { EngineInfo, StepResult, TrainerOptions, TrainerSettings, TrainerState } from '../engine.ts';
import { type Predictions, type Predictor, predictionsOf } from '../predictions.ts';
import { carriedShapes, checkCarry, checkShapes, slotNames } from '../trainer-state.ts';
import { registerGradients } from './gradients.ts';
import { lengthOf, runModel, type States, summedLoss, type Weights } from './model.ts';
import { applyUpdate, clipGradients, globalNorm, initialOptimizerState } from './optimizer.ts';

/** Chooses the CPU backend, and readies automatic differentiation. Returns versions. */
export async function startTensorflow(): Promise<EngineInfo['versions']> {
  // Production mode also keeps TensorFlow.js from advertising its native package on stderr.
  tf.enableProdMode();
  registerGradients();
  await tf.setBackend('cpu');
  return { '@tensorflow/tfjs-core': tf.version_core };
}

/** Parameters and slots live in plain arrays; tensors exist within one call only. */
export class ReferenceTrainer implements Predictor {
  readonly #settings: TrainerSettings;
  #parameters: Parameters;
  #state: Omit<TrainerState, 'carried'>;
  /** The states after the last batch of each use. */
  readonly #carried: { training: Parameters; evaluation: Parameters } = {
    training: new Map(),
    evaluation: new Map(),
  };
  /** Null when training looks at all classes. */
  readonly #sampler: ClassSampler | null;
  /** Whether a training batch has ever asked for the state before it. */
  #carries = false;

  constructor({ parameters, ...settings }: TrainerOptions) {
    this.#settings = settings;
    this.#sampler = classSampler(settings);
    checkShapes(parameters, parameterShapes(settings.model));
    this.#parameters = copy(parameters);
    this.#state = initialOptimizerState(settings.optimizer, parameters);
  }

  step(batch: Batch, learningRate: number): StepResult {
    const { optimizer, clip } = this.#settings;
    const { loss, gradients, final } = this.#differentiate(batch);
    const gradientNorm = globalNorm(gradients);
    if (!Number.isFinite(gradientNorm)) return { loss, gradientNorm, clipped: false, skipped: true };
    const clipped = clipGradients(gradients, gradientNorm, clip);
    const updates = this.#state.updates + 1;
    applyUpdate(optimizer, learningRate, updates, this.#parameters, gradients, this.#state.slots);
    this.#state = { ...this.#state, updates };
    this.#carried.training = final;
    if (batch.carry) this.#carries = true;
    return { loss, gradientNorm, clipped, skipped: false };
  }

  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters } {
    const { loss, gradients } = this.#differentiate(batch);
    return { loss, gradients };
  }

  evaluate(batch: Batch): Scores {
    const { model } = this.#settings;
    checkCarry(model, batch);
    return scoped(() => {
      const { y_NO, final } = runModel(
        model,
        this.#weights(),
        batch,
        this.#initial(batch, 'evaluation'),
        null,
      );
      this.#carried.evaluation = readAll(final);
      const loss = summedLoss(model, y_NO, batch).dataSync()[0]!;
      const predicted = model.head.kind === 'softmax' ? Int32Array.from(tf.argMax(y_NO, 1).dataSync()) : null;
      return { targets: countTargets(batch), loss, predicted };
    });
  }

  predict(batch: Batch): Predictions {
    const { model } = this.#settings;
    checkCarry(model, batch);
    return scoped(() => {
      const initial = this.#initial(batch, 'evaluation');
      const { y_NO, final } = runModel(model, this.#weights(), batch, initial, null);
      this.#carried.evaluation = readAll(final);
      return predictionsOf(model.head, y_NO.dataSync() as Float32Array, batch);
    });
  }

  liveUnits(batch: Batch): number {
    const { model } = this.#settings;
    checkCarry(model, batch);
    return scoped(() => {
      const { layers } = runModel(model, this.#weights(), batch, this.#initial(batch, 'training'), null);
      return layers.reduce((count, outputs) => count + countLive(outputs, batch), 0);
    });
  }

  #differentiate(batch: Batch): { loss: number; gradients: Parameters; final: Parameters } {
    const { model, lossReduction, seed } = this.#settings;
    this.#checkTrainingBatch(batch);
    const scale = lossReduction === 'sum' ? 1 : 1 / Math.max(1, countTargets(batch));
    const sample = this.#sampler?.sample(batch.index, batch.target as Int32Array) ?? null;
    const names = [...this.#parameters.keys()];
    let final: Parameters = new Map();
    return scoped(() => {
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
        const weights = new Map(names.map((name, i) => [name, tensors[i]!]));
        const dropout = { seed, probability: model.dropout };
        const pass = runModel(model, weights, batch, this.#initial(batch, 'training'), dropout, sample);
        final = readAll(pass.final);
        return tf.mul(
          summedLoss(model, pass.y_NO, { ...batch, ...(sample && { target: sample.target }) }),
          scale,
        );
      })([...this.#weights().values()]);
      const gradients = new Map(names.map((name, i) => [name, readTensor(grads[i]!)]));
      return { loss: value.dataSync()[0]!, gradients, final };
    });
  }

  /** The states that a batch takes over from the one before it. */
  #initial(batch: Batch, use: 'training' | 'evaluation'): States {
    if (!batch.carry) return new Map();
    const carried = this.#carried[use];
    if (carried.size > 0) checkShapes(carried, carriedShapes(this.#settings.model, batch.size));
    return new Map(
      [...carried].map(([name, { shape, data }]) => [
        name,
        tf.tensor2d(data.slice(), shape as [number, number]),
      ]),
    );
  }

  parameters(): Parameters {
    return copy(this.#parameters);
  }

  state(): TrainerState {
    const carried: Parameters = this.#carries ? copy(this.#carried.training) : new Map();
    return { ...this.#state, slots: copy(this.#state.slots), carried };
  }

  load(parameters: Parameters, state: TrainerState): void {
    const { model, optimizer } = this.#settings;
    const shapes = parameterShapes(model);
    checkShapes(parameters, shapes);
    const slots = slotNames(optimizer).flatMap((slot) =>
      [...shapes].map(([name, shape]): [string, readonly number[]] => [`${slot}.${name}`, shape]),
    );
    checkShapes(state.slots, new Map(slots));
    if (state.carried.size > 0) checkShapes(state.carried, carriedShapes(model, this.#settings.batchSize));
    this.#parameters = copy(parameters);
    this.#state = { slots: copy(state.slots), updates: state.updates };
    this.#carried.training = copy(state.carried);
    this.#carries = state.carried.size > 0;
  }

  dispose(): void {
    this.#parameters = new Map();
    this.#state = { slots: new Map(), updates: 0 };
  }

  #weights(): Weights {
    return new Map(
      [...this.#parameters].map(([name, { shape, data }]) => [name, tf.tensor(data.slice(), [...shape])]),
    );
  }

  #checkTrainingBatch(batch: Batch): void {
    const { batchSize, steps, model } = this.#settings;
    checkCarry(model, batch);
    if (batch.size === batchSize && batch.steps <= steps) return;
    throw new Error(
      `expected a batch of ${batchSize} x at most ${steps} steps, found ${batch.size} x ${batch.steps}`,
    );
  }
}

/** Units whose output is not zero at some step of some sequence. */
function countLive(outputs: readonly tf.Tensor2D[], batch: Batch): number {
  const live = new Set<number>();
  for (const [t, h_BH] of outputs.entries()) {
    const units = h_BH.shape[1];
    for (const [i, value] of h_BH.dataSync().entries()) {
      if (value !== 0 && t < lengthOf(batch, Math.floor(i / units))) live.add(i % units);
    }
  }
  return live.size;
}

/** As `tf.tidy`: frees all tensors made inside. For results that aren't tensors. */
function scoped<T>(compute: () => T): T {
  const results: T[] = [];
  tf.tidy(() => {
    results.push(compute());
  });
  return results[0] as T;
}

function readTensor(tensor: tf.Tensor): Tensor {
  return { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) };
}

function readAll(tensors: ReadonlyMap<string, tf.Tensor>): Parameters {
  return new Map([...tensors].map(([name, tensor]) => [name, readTensor(tensor)]));
}

function copy(tensors: Parameters): Parameters {
  return new Map(
    [...tensors].map(([name, { shape, data }]): [string, Tensor] => [name, { shape, data: data.slice() }]),
  );
}
