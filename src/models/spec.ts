/**
 * The model as data: what every engine executes.
 *
 * Dimension letters used as suffixes on tensor names throughout the project:
 * T time steps, B batch, I input size, H hidden units, G gate rows (H for a plain cell, 4H for an LSTM),
 * O outputs, V vocabulary.
 */
import type { Cell } from './cells.ts';

export type { Cell } from './cells.ts';

export interface RecurrentLayer {
  readonly cell: Cell;
  /** Units per direction (H). */
  readonly hidden: number;
  /**
   * Runs a second cell over the reversed sequence, from its own last step to its first, and concatenates the outputs
   * of both at every step (2H): [forward | reverse].
   */
  readonly bidirectional: boolean;
}

/** What a task feeds a model with: features, or the number of a word in the vocabulary. */
export type InputSpec =
  | { readonly kind: 'features'; readonly size: number }
  | { readonly kind: 'tokens'; readonly vocabulary: number };

export type ModelInput =
  | { readonly kind: 'features'; readonly size: number }
  | { readonly kind: 'tokens'; readonly vocabulary: number; readonly embedding: number };

/**
 * `size` is the number of outputs (O): regression targets or classes. A head at the last step reads the output of each
 * direction at the step that it processes last: a sequence's own last step, and its first for the reverse direction.
 */
export type Head =
  /** Trained on the squared error. */
  | { readonly kind: 'regression'; readonly size: number; readonly at: 'last-step' }
  /** Trained on the cross-entropy in nats. */
  | { readonly kind: 'softmax'; readonly size: number; readonly at: 'last-step' | 'every-step' };

export interface ModelSpec {
  readonly input: ModelInput;
  /** From the input upwards; never empty. */
  readonly layers: readonly RecurrentLayer[];
  /** Units of a linear layer without bias between the last recurrent layer and the head, or null for none. */
  readonly projection: number | null;
  /**
   * In training, the probability of dropping each output of the embedding and of every recurrent layer on its way
   * upwards; what stays is divided by 1 - p. Recurrent connections are never dropped (Zaremba, Sutskever & Vinyals
   * 2014, arXiv 1409.2329); dense input features aren't either. dropout.ts says which outputs are dropped when.
   */
  readonly dropout: number;
  readonly head: Head;
}

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/** Tensors by their torch.nn name, in a fixed order. */
export type Parameters = ReadonlyMap<string, Tensor>;
