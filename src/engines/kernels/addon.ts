import type { instructionSets } from '../../config/engines.ts';
import type { arrays } from './description.ts';

/** A network inside the addon; only the addon can look into it. */
export type NetworkHandle = { readonly __network: unique symbol };

/** The number of an array of a network that can be read and, but for the gradients, written. */
export type NetworkArray = (typeof arrays)[keyof typeof arrays];

/** A batch, as arguments of a call. */
export type BatchArguments = readonly [
  x_TIB: Float32Array | Int32Array,
  target: Float32Array | Int32Array,
  lengths: Int32Array | null,
  size: number,
  steps: number,
  carry: number,
  index: number,
];

/** A training batch: the classes of a sample, in which its targets are places, or null for all classes. */
export type TrainingArguments = readonly [
  ...BatchArguments,
  classes: Int32Array | null,
  logExpected: Float32Array | null,
  candidates: number,
];

/** A build of the kernels for a processor. */
export type InstructionSet = (typeof instructionSets)[number];

/** The functions of native/src/binding/addon.cc. They throw an Error at anything that makes no sense. */
export interface KernelAddon {
  /** This processor's, fastest first; but those with tiles, `amx` and `amx-emulated`, come last. */
  instructionSets(): string[];
  /** Why this processor or process cannot use `amx`; empty where it can. */
  amxObstacle(): string;
  /** See describe.ts. */
  create(instructionSet: string, description: Float64Array): NetworkHandle;
  dispose(network: NetworkHandle): void;
  /** Report: loss, gradient norm, clipped, skipped. */
  step(network: NetworkHandle, ...args: [...TrainingArguments, rate: number, report: Float64Array]): void;
  gradients(network: NetworkHandle, ...batch: TrainingArguments): number;
  /** The sum of the losses. For a softmax, the most probable classes go to `predicted`. */
  evaluate(network: NetworkHandle, ...args: [...BatchArguments, predicted: Int32Array | null]): number;
  liveUnits(network: NetworkHandle, ...batch: BatchArguments): number;
  /** The states that the next training batch may take over, one after the other. */
  carried(network: NetworkHandle, out: Float32Array): void;
  setCarried(network: NetworkHandle, values: Float32Array): void;
  read(network: NetworkHandle, array: NetworkArray, out: Float32Array): void;
  write(network: NetworkHandle, array: NetworkArray, values: Float32Array): void;
  updates(network: NetworkHandle): number;
  setUpdates(network: NetworkHandle, updates: number): void;
  /** The core's multiply-add peak in operations a second, measured for about this many seconds. */
  peakFlops(instructionSet: string, seconds: number): number;
}
