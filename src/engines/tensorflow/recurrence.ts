/**
 * What executes recurrent layers: cuDNN's fused operations, or steps made of small ones. T time steps, B batch, I input
 * size, H hidden units, D directions, G gate rows, L layers of a block.
 */
import type { RecurrentLayer } from '../../models/spec.ts';
import type { Device, Handle } from './device.ts';

/** Tensors by the names of `parameterShapes`; gradients by the same. */
export type Weights = ReadonlyMap<string, Handle>;
export type Gradients = Map<string, Handle>;

/** Hidden states by the names of `TrainerState.carried`, [B, H] each. */
export type States = ReadonlyMap<string, Handle>;

/** Recurrent layers that are executed together, from layer `first` on. */
export interface Block {
  readonly first: number;
  readonly layers: readonly RecurrentLayer[];
}

/** How long the sequences of a batch are. */
export interface Extent {
  readonly T: number;
  readonly B: number;
  /** Null when all have T steps. */
  readonly uneven: Uneven | null;
}

export interface Uneven {
  /** [B]; sequences of length 0 have 1 here, for operations that want at least one step. */
  readonly lengths_B: Handle;
  /** Whether the step is one of the sequence: [T, B, 1]. */
  readonly within_TB1: Handle;
  /** Whether the sequence has a step: [B, 1]. */
  readonly present_B1: Handle;
  /** The pairs (last step, sequence): [B, 2]. */
  readonly last_B2: Handle;
}

/** A block's outputs on a batch, and the way back. */
export interface BlockPass {
  /** The top layer's outputs, [T, B, D x H]; zero beyond a sequence's end. */
  outputs(): Handle;
  /** The output of each of the top layer's directions at the step that it processes last, [B, D x H]. */
  last(): Handle;
  /** After each sequence's last step, of layers in one direction; the state before it for a sequence of length 0. */
  final(): States;
  /**
   * Takes the gradient of `outputs` or of `last`; adds those of the weights. Returns that of the input, if it is wanted.
   */
  backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null;
}

export type OutputGradient = { readonly outputs: Handle } | { readonly last: Handle };

export interface Recurrence {
  readonly name: 'cudnn' | 'raw';
  /** Divides a model's layers into blocks. `apart` wants each layer by itself: its outputs are asked for, or lengths are uneven. */
  blocks(layers: readonly RecurrentLayer[], apart: boolean): Block[];
  forward(
    device: Device,
    block: Block,
    weights: Weights,
    x_TBI: Handle,
    extent: Extent,
    initial: States,
  ): BlockPass;
}

/** The blocks of one layer each. */
export function singleLayers(layers: readonly RecurrentLayer[]): Block[] {
  return layers.map((layer, first) => ({ first, layers: [layer] }));
}
