/**
 * What the native engine is told of a network: native/src/interface/description.def in TypeScript.
 * Made by `npm run describe:native`; not to be edited.
 */
import type { Cell, Head } from '../../models/spec.ts';
import type { ClipSpec, OptimizerSpec, Precision } from '../engine.ts';

export const cells = {
  relu: 0,
  tanh: 1,
  lstm: 2,
} as const satisfies Partial<Record<Cell, number>>;
export const heads = {
  regression: 0,
  softmax: 1,
} as const satisfies Record<Head['kind'], number>;
export const rules = {
  sgd: 0,
  rmsprop: 1,
  adam: 2,
} as const satisfies Record<OptimizerSpec['name'], number>;
export const clips = {
  none: 0,
  norm: 1,
  elementwise: 2,
} as const satisfies Record<'none' | ClipSpec['mode'], number>;
export const arrays = {
  parameters: 0,
  slot1: 1,
  slot2: 2,
  gradients: 3,
} as const satisfies Record<string, number>;
export const precisions = {
  float32: 0,
  bf16x3: 1,
} as const satisfies Record<Precision, number>;

export interface NetworkNumbers {
  /** Tokens to choose from; 0 for features. */
  readonly vocabulary: number;
  /** Features, or units of the embedding. */
  readonly inputs: number;
  /** Units between the top layer and the head; 0 for none. */
  readonly projection: number;
  /** A number of `heads`. */
  readonly head: number;
  /** 1: the head reads every step; 0: the last one. */
  readonly everyStep: number;
  /** Units of the head (O). */
  readonly outputs: number;
  /** Classes that a training step of a softmax samples; 0 for all. */
  readonly samples: number;
  /** The probability of dropping an output. */
  readonly dropout: number;
  /** Of dropout. */
  readonly seed: number;
  /** Sequences of a training batch (B). */
  readonly batch: number;
  /** The most steps of a training batch (T). */
  readonly steps: number;
  /** 1: losses are summed over the scored targets; 0: averaged. */
  readonly sumLoss: number;
  /** A number of `rules`. */
  readonly rule: number;
  /** Of sgd and rmsprop. */
  readonly momentum: number;
  /** Of rmsprop. */
  readonly decay: number;
  /** Of adam. */
  readonly beta1: number;
  /** Of adam. */
  readonly beta2: number;
  /** Of rmsprop and adam. */
  readonly epsilon: number;
  /** Times the parameters: for the gradients, or off the parameters. */
  readonly weightDecay: number;
  /** 1: weight decay comes off the parameters. */
  readonly decoupled: number;
  /** A number of `clips`. */
  readonly clip: number;
  /** Of the clip. */
  readonly threshold: number;
  /** A number of `precisions`. */
  readonly precision: number;
  /** Threads that share a step. */
  readonly threads: number;
}

/** In the order in which they are handed over. */
export const networkNumbers = [
  'vocabulary',
  'inputs',
  'projection',
  'head',
  'everyStep',
  'outputs',
  'samples',
  'dropout',
  'seed',
  'batch',
  'steps',
  'sumLoss',
  'rule',
  'momentum',
  'decay',
  'beta1',
  'beta2',
  'epsilon',
  'weightDecay',
  'decoupled',
  'clip',
  'threshold',
  'precision',
  'threads',
] as const satisfies readonly (keyof NetworkNumbers)[];

export interface LayerNumbers {
  /** A number of `cells`. */
  readonly cell: number;
  /** Units of each direction (H). */
  readonly hidden: number;
  /** 1: in both directions. */
  readonly bidirectional: number;
}

/** In the order in which they are handed over. */
export const layerNumbers = [
  'cell',
  'hidden',
  'bidirectional',
] as const satisfies readonly (keyof LayerNumbers)[];
