import type { Handle } from './device.ts';
import type { Gradients, OutputGradient } from './recurrence.ts';

/** One direction of one layer, in the order in which it reads the sequences. */
export interface DirectionPass {
  /** [T, B, H]; beyond a sequence's end, finite. */
  outputs(): Handle;
  /** After the last of T steps, [B, H]: h, and c for an LSTM. */
  end(): { readonly h: Handle; readonly c: Handle | null };
  /** The cell's state after every step, [T, B, H]; null for a plain cell, which has none. */
  readonly cells: Handle | null;
  /** As for a block. A gradient of `last` is for the last of T steps. */
  backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null;
}

export interface DirectionWeights {
  readonly wIh_GI: Handle;
  readonly wHh_GH: Handle;
  readonly bias_G: Handle;
  /** Of the three, in the gradients. */
  readonly names: readonly [string, string, string];
}
