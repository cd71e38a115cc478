import { type Batch, countTargets, type Scores } from '../../models/batch.ts';
import { elements, parameterShapes } from '../../models/parameters.ts';
import { type ClassSampler, classSampler } from '../../models/sampled-softmax.ts';
import type { Parameters, Tensor } from '../../models/spec.ts';
import type { StepResult, Trainer, TrainerOptions, TrainerSettings, TrainerState } from '../engine.ts';
import { carriedShapes, checkCarry, checkShapes, slotNames } from '../trainer-state.ts';
import { attributes, Type } from './binding.ts';
import type { Device, Handle } from './device.ts';
import { lossOf, mostProbable } from './head-loss.ts';
import { Network } from './network.ts';
import { directionOf } from './raw-recurrence.ts';
import type { Gradients, Recurrence, States, Weights } from './recurrence.ts';
import { clipGradient, type Updatable, updated } from './update.ts';

const toBits = attributes({ type: { type: Type.int32 } });

/**
 * Parameters, slots and gradients stay on the device, as one vector each. A step is handed to TensorFlow and its
 * figures are read back only when they are looked at, so that a GPU does not wait for the program.
 */
export class TensorflowTrainer implements Trainer {
  readonly #device: Device;
  readonly #settings: TrainerSettings;
  readonly #network: Network;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #sizes: readonly number[];
  /** Null when training looks at all classes. */
  readonly #sampler: ClassSampler | null;
  #current: Updatable;
  /** The parameters apart, until they change. */
  #weights: Weights | null = null;
  /** The states after the last batch of each use. */
  readonly #carried: { training: States; evaluation: States } = {
    training: new Map(),
    evaluation: new Map(),
  };
  /** Whether a training batch has ever asked for the state before it. */
  #carries = false;

  constructor(device: Device, recurrence: Recurrence, { parameters, ...settings }: TrainerOptions) {
    for (const { cell } of settings.model.layers) directionOf(cell);
    [this.#device, this.#settings] = [device, settings];
    this.#sampler = classSampler(settings);
    this.#network = new Network(device, settings.model, recurrence);
    this.#shapes = parameterShapes(settings.model);
    this.#sizes = [...this.#shapes.values()].map(elements);
    checkShapes(parameters, this.#shapes);
    const zeros = new Map(slotNames(settings.optimizer).map((name) => [name, null]));
    this.#current = this.#upload(parameters, zeros, 0);
  }

  step(batch: Batch, learningRate: number): StepResult {
    const { optimizer, clip } = this.#settings;
    const device = this.#device;
    const before = this.#current;
    const report = device.scope(() => {
      const { loss, gradients, final } = this.#differentiate(batch);
      const flat = device.concat(
        [...this.#shapes.keys()].map((name) => device.reshape(gradients.get(name)!, [-1])),
        0,
      );
      const clipped = clipGradient(device, loss, flat, clip);
      const rate = device.scalar(learningRate);
      const after = updated(device, optimizer, rate, before, clipped);
      for (const handle of handlesOf(after)) device.keep(handle);
      this.#replaceWeights(after);
      this.#carry('training', final(), clipped.finite);
      return device.keep(clipped.report);
    });
    if (batch.carry) this.#carries = true;
    return new LazyResult(device, report);
  }

  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters } {
    const device = this.#device;
    return device.scope(() => {
      const { loss, gradients } = this.#differentiate(batch);
      const read = ([name, shape]: [string, readonly number[]]): [string, Tensor] => {
        return [name, { shape, data: device.read(gradients.get(name)!) }];
      };
      return { loss: device.read(loss)[0]!, gradients: new Map([...this.#shapes].map(read)) };
    });
  }

  evaluate(batch: Batch): Scores {
    const { model } = this.#settings;
    const device = this.#device;
    checkCarry(model, batch);
    return device.scope(() => {
      const pass = this.#network.forward(this.#apart(), batch, this.#initial(batch, 'evaluation'), null);
      const loss = device.read(lossOf(device, model.head, pass.y_NO, batch).sum)[0]!;
      const predicted = model.head.kind === 'softmax' ? mostProbable(device, pass.y_NO) : null;
      this.#carry('evaluation', pass.final(), null);
      return { targets: countTargets(batch), loss, predicted };
    });
  }

  liveUnits(batch: Batch): number {
    checkCarry(this.#settings.model, batch);
    return this.#device.scope(() =>
      this.#network.liveUnits(this.#apart(), batch, this.#initial(batch, 'training')),
    );
  }

  parameters(): Parameters {
    return this.#read(this.#current.parameters_P, '');
  }

  state(): TrainerState {
    const { slots, updates } = this.#current;
    const tensors = [...slots].flatMap(([name, slot]) => [...this.#read(slot, `${name}.`)]);
    const shapes = carriedShapes(this.#settings.model, this.#settings.batchSize);
    const carried = this.#carries
      ? [...shapes].map(([name, shape]): [string, Tensor] => {
          return [name, { shape, data: this.#device.read(this.#carried.training.get(name)!) }];
        })
      : [];
    const [count] = this.#device.scope(() =>
      readDoubles(this.#device, this.#device.op('Bitcast', [updates], toBits)),
    );
    return { slots: new Map(tensors), updates: count!, carried: new Map(carried) };
  }

  load(parameters: Parameters, state: TrainerState): void {
    const { model, optimizer, batchSize } = this.#settings;
    checkShapes(parameters, this.#shapes);
    const slots = new Map<string, Parameters>();
    for (const slot of slotNames(optimizer)) {
      const shapes = [...this.#shapes].map(([name, shape]) => [`${slot}.${name}`, shape] as const);
      checkShapes(state.slots, new Map(shapes));
      slots.set(slot, new Map(shapes.map(([name]) => [name, state.slots.get(name)!])));
    }
    const carried = carriedShapes(model, batchSize);
    if (state.carried.size > 0) checkShapes(state.carried, carried);
    this.#replaceWeights(this.#upload(parameters, slots, state.updates));
    this.#device.free(this.#carried.training.values());
    this.#carried.training = new Map(
      [...state.carried].map(([name, { shape, data }]) => [name, this.#device.floats(data.slice(), shape)]),
    );
    this.#carries = state.carried.size > 0;
  }

  dispose(): void {
    this.#device.free(handlesOf(this.#current));
    if (this.#weights) this.#device.free(this.#weights.values());
    for (const states of Object.values(this.#carried)) this.#device.free(states.values());
  }

  #differentiate(batch: Batch): { loss: Handle; gradients: Gradients; final: () => Map<string, Handle> } {
    const { model, lossReduction, seed } = this.#settings;
    this.#checkTrainingBatch(batch);
    const scale = lossReduction === 'sum' ? 1 : 1 / Math.max(1, countTargets(batch));
    const dropout = { seed, probability: model.dropout };
    const sample = this.#sampler?.sample(batch.index, batch.target as Int32Array) ?? null;
    const initial = this.#initial(batch, 'training');
    const pass = this.#network.forward(this.#apart(), batch, initial, dropout, sample);
    const scored = sample === null ? batch : { ...batch, target: sample.target };
    const { sum, gradient } = lossOf(this.#device, model.head, pass.y_NO, scored);
    const loss = this.#device.multiply(sum, this.#device.scalar(scale));
    return { loss, gradients: pass.backward(gradient(scale)), final: pass.final };
  }

  /** The parameters as tensors of their own. */
  #apart(): Weights {
    if (this.#weights !== null) return this.#weights;
    const device = this.#device;
    this.#weights = device.scope(() => {
      const parts = device.split(this.#current.parameters_P, this.#sizes, 0);
      return new Map(
        [...this.#shapes].map(([name, shape], i) => [name, device.keep(device.reshape(parts[i]!, shape))]),
      );
    });
    return this.#weights;
  }

  #replaceWeights(after: Updatable): void {
    this.#device.free(handlesOf(this.#current));
    if (this.#weights !== null) this.#device.free(this.#weights.values());
    this.#current = after;
    this.#weights = null;
  }

  #initial(batch: Batch, use: 'training' | 'evaluation'): States {
    if (!batch.carry) return new Map();
    const carried = this.#carried[use];
    const shapes = carriedShapes(this.#settings.model, batch.size);
    if (carried.size > 0) checkShapes(carried, shapes);
    return carried;
  }

  /** Keeps the states after a batch; those before it where a step was skipped. */
  #carry(use: 'training' | 'evaluation', final: Map<string, Handle>, finite: Handle | null): void {
    const before = this.#carried[use];
    const device = this.#device;
    const chosen = [...final].map(([name, state]): [string, Handle] => {
      const old = before.get(name) ?? device.zeros(state.shape);
      const sameSize = old.shape.join() === state.shape.join();
      return [name, device.keep(finite !== null && sameSize ? device.select(finite, state, old) : state)];
    });
    device.free(before.values());
    this.#carried[use] = new Map(chosen);
  }

  /** Vectors on the device; a slot of null is zero. */
  #upload(parameters: Parameters, slots: ReadonlyMap<string, Parameters | null>, updates: number): Updatable {
    const device = this.#device;
    const total = this.#sizes.reduce((sum, n) => sum + n, 0);
    const flat = (tensors: Parameters | null, prefix: string) => {
      const data = new Float32Array(total);
      let offset = 0;
      for (const [i, name] of [...this.#shapes.keys()].entries()) {
        if (tensors !== null) data.set(tensors.get(prefix + name)!.data, offset);
        offset += this.#sizes[i]!;
      }
      return device.floats(data, [total]);
    };
    return {
      parameters_P: flat(parameters, ''),
      slots: new Map([...slots].map(([name, slot]) => [name, flat(slot, `${name}.`)])),
      updates: device.newDouble(updates),
    };
  }

  /** Copies a vector out, as tensors named `<prefix><parameter>`. */
  #read(vector: Handle, prefix: string): Map<string, Tensor> {
    const flat = this.#device.read(vector);
    let offset = 0;
    return new Map(
      [...this.#shapes].map(([name, shape], i): [string, Tensor] => {
        const data = flat.slice(offset, offset + this.#sizes[i]!);
        offset += data.length;
        return [prefix + name, { shape, data }];
      }),
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

/** The figures of a step: read, and freed, when one of them is first looked at. */
class LazyResult implements StepResult {
  readonly #device: Device;
  #report: Handle | null;
  #figures: readonly number[] = [];

  constructor(device: Device, report: Handle) {
    [this.#device, this.#report] = [device, report];
  }

  get loss(): number {
    return this.#read()[0]!;
  }

  get gradientNorm(): number {
    return this.#read()[1]!;
  }

  get clipped(): boolean {
    return this.#read()[2] !== 0;
  }

  get skipped(): boolean {
    return this.#read()[3] !== 0;
  }

  #read(): readonly number[] {
    if (this.#report !== null) {
      this.#figures = readDoubles(this.#device, this.#report);
      this.#device.free([this.#report]);
      this.#report = null;
    }
    return this.#figures;
  }
}

function readDoubles(device: Device, bits: Handle): readonly number[] {
  const pairs = device.readIntegers(bits);
  return [...new Float64Array(pairs.buffer, pairs.byteOffset, pairs.length / 2)];
}

function handlesOf({ parameters_P, slots, updates }: Updatable): Handle[] {
  return [parameters_P, ...slots.values(), updates];
}
