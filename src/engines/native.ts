import { arch, cpus } from 'node:os';
import type { Batch, Scores } from '../models/batch.ts';
import { parameterShapes } from '../models/parameters.ts';
import type { ModelSpec, Parameters, Tensor } from '../models/spec.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type {
  Engine,
  EngineInfo,
  OptimizerSpec,
  StepResult,
  Trainer,
  TrainerOptions,
  TrainerState,
} from './engine.ts';
import {
  type InstructionSet,
  loadAddon,
  type NativeAddon,
  NetworkArray,
  type NetworkHandle,
  type NetworkSpec,
} from './native-addon.ts';

export interface NativeOptions {
  /** `auto` takes the fastest that the processor has. */
  readonly instructionSet: 'auto' | InstructionSet;
}

export interface NativeAvailability {
  readonly available: boolean;
  /** Why not, when it is not. */
  readonly reason?: string;
  /** What this processor can execute, fastest first. */
  readonly instructionSets: readonly InstructionSet[];
}

/** Whether the native engine is built and loads, for `doctor`. */
export function nativeAvailability(): NativeAvailability {
  try {
    return { available: true, instructionSets: loadAddon().instructionSets() };
  } catch (error) {
    return { available: false, reason: firstLine(error), instructionSets: [] };
  }
}

/** The engine over the C++ kernels. Throws UserError (69) when it is not built or the processor lacks the set. */
export function loadNativeEngine(options: NativeOptions): Engine {
  const addon = requireAddon();
  const available = addon.instructionSets();
  const wanted = options.instructionSet === 'auto' ? available[0]! : options.instructionSet;
  if (!available.includes(wanted)) {
    throw new UserError(
      ExitCode.unavailable,
      `this processor cannot execute ${wanted} kernels; it has ${available.join(', ')}.\n` +
        'Set engine.instruction_set to one of these, or to auto.',
    );
  }
  const info: EngineInfo = {
    engine: 'native',
    device: cpus()[0]?.model.trim() || arch(),
    instructionSet: wanted,
    threads: 1,
    versions: { node: process.versions.node },
  };
  return { info, create: (trainerOptions) => new NativeTrainer(addon, wanted, trainerOptions) };
}

/** One core's multiply-add peak with these kernels, in operations a second: the best of many bursts within `seconds`. */
export function measurePeak(instructionSet: string, seconds: number): number {
  return requireAddon().peakFlops(instructionSet, seconds);
}

function requireAddon(): NativeAddon {
  try {
    return loadAddon();
  } catch (error) {
    throw new UserError(
      ExitCode.unavailable,
      `the native engine is not available: ${firstLine(error)}\n` +
        'Install g++ and make, then run `npm run build:native`; or use `--engine reference` (slow).',
      { cause: error },
    );
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}

/** Slot names of torch.optim, in the addon's order, for what the rule remembers. */
function slotNames(optimizer: OptimizerSpec): readonly (readonly [name: string, array: NetworkArray])[] {
  const { slot1, slot2 } = NetworkArray;
  switch (optimizer.name) {
    case 'sgd':
      return optimizer.momentum === 0 ? [] : [['momentum_buffer', slot1]];
    case 'rmsprop':
      return optimizer.momentum === 0
        ? [['square_avg', slot1]]
        : [
            ['square_avg', slot1],
            ['momentum_buffer', slot2],
          ];
    case 'adam':
      return [
        ['exp_avg', slot1],
        ['exp_avg_sq', slot2],
      ];
  }
}

class NativeTrainer implements Trainer {
  readonly #addon: NativeAddon;
  readonly #options: TrainerOptions;
  readonly #network: NetworkHandle;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #count: number;
  readonly #stepReport = new Float64Array(4);

  constructor(addon: NativeAddon, instructionSet: string, options: TrainerOptions) {
    this.#addon = addon;
    this.#options = options;
    const spec = networkSpec(options);
    this.#shapes = parameterShapes(options.model);
    this.#count = [...this.#shapes.values()].reduce((sum, shape) => sum + elements(shape), 0);
    this.#network = addon.create(instructionSet, spec);
    this.#write(NetworkArray.parameters, options.parameters, '');
  }

  step(batch: Batch, learningRate: number): StepResult {
    const report = this.#stepReport;
    this.#addon.step(this.#network, batch.x_TIB, batch.target, learningRate, report);
    return {
      loss: report[0]!,
      gradientNorm: report[1]!,
      clipped: report[2] !== 0,
      skipped: report[3] !== 0,
    };
  }

  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters } {
    const loss = this.#addon.gradients(this.#network, batch.x_TIB, batch.target);
    return { loss, gradients: this.#read(NetworkArray.gradients, '') };
  }

  evaluate({ x_TIB, target, size, steps }: Batch): Scores {
    const predicted = this.#options.model.head.kind === 'softmax' ? new Int32Array(target.length) : null;
    const loss = this.#addon.evaluate(this.#network, x_TIB, target, size, steps, predicted);
    return { targets: size, loss, predicted };
  }

  liveUnits(batch: Batch): number {
    return this.#addon.liveUnits(this.#network, batch.x_TIB);
  }

  parameters(): Parameters {
    return this.#read(NetworkArray.parameters, '');
  }

  state(): TrainerState {
    const slots = new Map<string, Tensor>();
    for (const [name, array] of slotNames(this.#options.optimizer)) {
      for (const [key, tensor] of this.#read(array, `${name}.`)) slots.set(key, tensor);
    }
    return { slots, updates: this.#addon.updates(this.#network), carried: new Map() };
  }

  load(parameters: Parameters, state: TrainerState): void {
    this.#write(NetworkArray.parameters, parameters, '');
    for (const [name, array] of slotNames(this.#options.optimizer))
      this.#write(array, state.slots, `${name}.`);
    this.#addon.setUpdates(this.#network, state.updates);
  }

  dispose(): void {
    this.#addon.dispose(this.#network);
  }

  /** Copies an array of the network out, as tensors named `<prefix><parameter>`. */
  #read(array: NetworkArray, prefix: string): Map<string, Tensor> {
    const flat = new Float32Array(this.#count);
    this.#addon.read(this.#network, array, flat);
    const tensors = new Map<string, Tensor>();
    let offset = 0;
    for (const [name, shape] of this.#shapes) {
      const size = elements(shape);
      tensors.set(prefix + name, { shape, data: flat.slice(offset, offset + size) });
      offset += size;
    }
    return tensors;
  }

  /** Copies tensors named `<prefix><parameter>` in. */
  #write(array: NetworkArray, tensors: Parameters, prefix: string): void {
    const flat = new Float32Array(this.#count);
    let offset = 0;
    for (const [name, shape] of this.#shapes) {
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
    this.#addon.write(this.#network, array, flat);
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Translates the options for the addon; throws UserError (78) for what the kernels cannot execute. */
function networkSpec(options: TrainerOptions): NetworkSpec {
  const { model, optimizer, clip } = options;
  const { layer, inputs } = executable(model);
  return {
    cell: ['relu', 'tanh', 'lstm'].indexOf(layer.cell),
    head: ['regression', 'softmax'].indexOf(model.head.kind),
    inputs,
    hidden: layer.hidden,
    outputs: model.head.size,
    batch: options.batchSize,
    steps: options.steps,
    sumLoss: options.lossReduction === 'sum' ? 1 : 0,
    rule: ['sgd', 'rmsprop', 'adam'].indexOf(optimizer.name),
    momentum: optimizer.name === 'adam' ? 0 : optimizer.momentum,
    decay: optimizer.name === 'rmsprop' ? optimizer.decay : 0,
    beta1: optimizer.name === 'adam' ? optimizer.beta1 : 0,
    beta2: optimizer.name === 'adam' ? optimizer.beta2 : 0,
    epsilon: optimizer.name === 'sgd' ? 0 : optimizer.epsilon,
    clip: clip === null ? 0 : ['norm', 'elementwise'].indexOf(clip.mode) + 1,
    threshold: clip?.threshold ?? 0,
  };
}

function executable(model: ModelSpec) {
  const refuse = (what: string) => {
    throw new UserError(
      ExitCode.badConfig,
      `the native engine cannot execute ${what}; it runs one recurrent layer over features with a head at the last step.`,
    );
  };
  const layer = model.layers[0]!;
  if (model.layers.length > 1) refuse('a stack of layers');
  if (layer.bidirectional) refuse('a bidirectional layer');
  if (model.projection !== null) refuse('a projection');
  if (model.dropout > 0) refuse('dropout');
  if (model.head.at !== 'last-step') refuse('a head at every step');
  if (model.input.kind !== 'features') return refuse('token input') as never;
  return { layer, inputs: model.input.size };
}
