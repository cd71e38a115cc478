import { type Batch, countTargets, type Scores } from '../../models/batch.ts';
import { elements, parameterShapes } from '../../models/parameters.ts';
import { type ClassSampler, classSampler } from '../../models/sampled-softmax.ts';
import type { Parameters, Tensor } from '../../models/spec.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import type {
  EngineInfo,
  OptimizerSpec,
  StepResult,
  Trainer,
  TrainerOptions,
  TrainerSettings,
  TrainerState,
} from '../engine.ts';
import { carriedShapes, checkCarry, slotNames } from '../trainer-state.ts';
import type { BatchArguments, KernelAddon, NetworkArray, NetworkHandle, TrainingArguments } from './addon.ts';
import { describeNetwork } from './describe.ts';
import { arrays } from './description.ts';
import { threadsWorthwhile } from './threads.ts';

/** What the rule remembers, by torch.optim's name, with the addon's number of the array. */
function slotsOf(optimizer: OptimizerSpec): (readonly [name: string, array: NetworkArray])[] {
  return slotNames(optimizer).map((name, i) => [name, i === 0 ? arrays.slot1 : arrays.slot2]);
}

type Shapes = ReadonlyMap<string, readonly number[]>;

/** A network of the addon. Its parameters, and everything else that changes from step to step, live there. */
export class KernelTrainer implements Trainer {
  readonly threads: number;
  readonly #addon: KernelAddon;
  readonly #settings: TrainerSettings;
  readonly #network: NetworkHandle;
  readonly #shapes: Shapes;
  /** Null when training looks at all classes. */
  readonly #sampler: ClassSampler | null;
  readonly #stepReport = new Float64Array(4);
  /** Whether a training batch has ever asked for the state before it. */
  #carries = false;
  /** Sequences of the last evaluation batch, whose states are there for the next. */
  #evaluated = 0;

  /** `kernels`: their name in the addon. */
  constructor(
    addon: KernelAddon,
    info: EngineInfo,
    kernels: string,
    { parameters, ...settings }: TrainerOptions,
  ) {
    const { model, cores } = settings;
    this.threads =
      cores === undefined ? info.threads : threadsWorthwhile(model, Math.min(info.threads, cores));
    this.#addon = addon;
    this.#settings = settings;
    this.#shapes = parameterShapes(settings.model);
    this.#sampler = classSampler(settings);
    this.#network = addon.create(kernels, describeNetwork(info, settings, this.threads));
    this.#writeArray(arrays.parameters, parameters, '');
  }

  step(batch: Batch, learningRate: number): StepResult {
    const report = this.#stepReport;
    this.#addon.step(this.#network, ...this.#trainingArguments(batch), learningRate, report);
    const skipped = report[3] !== 0;
    if (batch.carry && !skipped) this.#carries = true;
    return { loss: report[0]!, gradientNorm: report[1]!, clipped: report[2] !== 0, skipped };
  }

  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters } {
    const loss = this.#addon.gradients(this.#network, ...this.#trainingArguments(batch));
    return { loss, gradients: this.#readArray(arrays.gradients, '') };
  }

  evaluate(batch: Batch): Scores {
    if (batch.carry && this.#evaluated !== 0 && this.#evaluated !== batch.size) {
      throw new UserError(
        ExitCode.badData,
        `an evaluation batch of ${batch.size} sequences cannot go on where one of ${this.#evaluated} ended`,
      );
    }
    const predicted =
      this.#settings.model.head.kind === 'softmax' ? new Int32Array(batch.target.length) : null;
    const loss = this.#addon.evaluate(this.#network, ...this.#arguments(batch), predicted);
    this.#evaluated = batch.size;
    return { targets: countTargets(batch), loss, predicted };
  }

  liveUnits(batch: Batch): number {
    return this.#addon.liveUnits(this.#network, ...this.#arguments(batch));
  }

  parameters(): Parameters {
    return this.#readArray(arrays.parameters, '');
  }

  state(): TrainerState {
    const slots = new Map<string, Tensor>();
    for (const [name, array] of slotsOf(this.#settings.optimizer)) {
      for (const [key, tensor] of this.#readArray(array, `${name}.`)) slots.set(key, tensor);
    }
    return {
      slots,
      updates: this.#addon.updates(this.#network),
      carried: this.#carries ? this.#readCarried() : new Map(),
    };
  }

  load(parameters: Parameters, state: TrainerState): void {
    this.#writeArray(arrays.parameters, parameters, '');
    for (const [name, array] of slotsOf(this.#settings.optimizer)) {
      this.#writeArray(array, state.slots, `${name}.`);
    }
    this.#addon.setUpdates(this.#network, state.updates);
    this.#carries = state.carried.size > 0;
    this.#writeCarried(state.carried);
  }

  dispose(): void {
    this.#addon.dispose(this.#network);
  }

  #arguments(batch: Batch): BatchArguments {
    checkCarry(this.#settings.model, batch);
    const { x_TIB, target, lengths, size, steps, carry, index } = batch;
    return [x_TIB, target, lengths, size, steps, carry ? 1 : 0, index];
  }

  #trainingArguments(batch: Batch): TrainingArguments {
    if (this.#sampler === null) return [...this.#arguments(batch), null, null, 0];
    const sample = this.#sampler.sample(batch.index, batch.target as Int32Array);
    const { classes, logExpected, candidates, target } = sample;
    return [...this.#arguments({ ...batch, target }), classes, logExpected, candidates];
  }

  #readArray(array: NetworkArray, prefix: string): Map<string, Tensor> {
    const flat = new Float32Array(totalElements(this.#shapes));
    this.#addon.read(this.#network, array, flat);
    return unpack(flat, this.#shapes, prefix);
  }

  #writeArray(array: NetworkArray, tensors: Parameters, prefix: string): void {
    this.#addon.write(this.#network, array, pack(tensors, this.#shapes, prefix));
  }

  #carriedShapes(): Shapes {
    const { model, batchSize } = this.#settings;
    return model.layers.some(({ bidirectional }) => bidirectional)
      ? new Map()
      : carriedShapes(model, batchSize);
  }

  #readCarried(): Parameters {
    const shapes = this.#carriedShapes();
    const flat = new Float32Array(totalElements(shapes));
    this.#addon.carried(this.#network, flat);
    return unpack(flat, shapes, '');
  }

  #writeCarried(carried: Parameters): void {
    const shapes = this.#carriedShapes();
    const flat = carried.size > 0 ? pack(carried, shapes, '') : new Float32Array(totalElements(shapes));
    this.#addon.setCarried(this.#network, flat);
  }
}

function totalElements(shapes: Shapes): number {
  return [...shapes.values()].reduce((sum, shape) => sum + elements(shape), 0);
}

/** Tensors named `<prefix><name>`, as views of one array in which they follow each other. */
function unpack(flat: Float32Array, shapes: Shapes, prefix: string): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const [name, shape] of shapes) {
    const size = elements(shape);
    tensors.set(prefix + name, { shape, data: flat.subarray(offset, offset + size) });
    offset += size;
  }
  return tensors;
}

/** The reverse. Throws UserError (65) when a tensor is missing or has another size. */
function pack(tensors: Parameters, shapes: Shapes, prefix: string): Float32Array {
  const flat = new Float32Array(totalElements(shapes));
  let offset = 0;
  for (const [name, shape] of shapes) {
    const data = tensors.get(prefix + name)?.data;
    if (data?.length !== elements(shape)) {
      throw new UserError(
        ExitCode.badData,
        `${prefix}${name}: the model needs a tensor of shape [${shape.join(', ')}], ` +
          `${data ? `found ${data.length} elements` : 'found none'}.`,
      );
    }
    flat.set(data, offset);
    offset += data.length;
  }
  return flat;
}
