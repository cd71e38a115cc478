import type { ModelSpec, Parameters } from '../models/spec.ts';
import type { Batch } from '../tasks/task.ts';

/** Update rules, with PyTorch's definitions and names. */
export type OptimizerSpec =
  | { readonly name: 'sgd'; readonly momentum: number }
  | { readonly name: 'rmsprop'; readonly decay: number; readonly epsilon: number; readonly momentum: number }
  | { readonly name: 'adam'; readonly beta1: number; readonly beta2: number; readonly epsilon: number };

export interface ClipSpec {
  readonly threshold: number;
  /** `norm`: rescale all gradients together to a global L2 norm. `elementwise`: clamp every component. */
  readonly mode: 'norm' | 'elementwise';
}

export interface TrainerOptions {
  readonly model: ModelSpec;
  readonly optimizer: OptimizerSpec;
  /** Null leaves gradients as they are. */
  readonly clip: ClipSpec | null;
  /** How the per-sequence losses of a batch become one number to differentiate. */
  readonly lossReduction: 'mean' | 'sum';
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
  /** Time steps (T). */
  readonly steps: number;
  readonly parameters: Parameters;
}

export interface StepResult {
  /** Loss of the batch before the update, under the trainer's reduction. */
  readonly loss: number;
  /** Global L2 norm of the gradient before clipping, accumulated in double precision. */
  readonly gradientNorm: number;
  readonly clipped: boolean;
  /** The gradient was not finite, so nothing was updated. */
  readonly skipped: boolean;
}

/** Sums over the sequences of an evaluation batch, so that batches add up. */
export interface EvaluationSums {
  readonly sequences: number;
  /** Sum of squared errors, or of cross-entropies in nats. */
  readonly loss: number;
  /** Correctly classified sequences; 0 for regression. */
  readonly correct: number;
}

/** Everything an update rule remembers: its slots by `<slot>.<parameter>` (torch.optim's slot names) and how often it was applied. */
export interface OptimizerState {
  readonly slots: Parameters;
  readonly updates: number;
}

/** A model being trained on one engine. It owns its parameters; readers get copies. */
export interface Trainer {
  /** Forward, back-propagation through time, clipping and update on one training batch. */
  step(batch: Batch, learningRate: number): StepResult;
  /** Loss and gradients of one training batch, unclipped, without an update. */
  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters };
  /** Scores a batch of any size. */
  evaluate(batch: Batch): EvaluationSums;
  /** Hidden units whose output is non-zero at some step of some sequence of a training-sized batch. */
  liveUnits(batch: Batch): number;
  parameters(): Parameters;
  optimizerState(): OptimizerState;
  /** Continues from saved parameters and optimizer state. */
  load(parameters: Parameters, state: OptimizerState): void;
  dispose(): void;
}

export interface EngineInfo {
  readonly engine: string;
  readonly device: string;
  /** The kernels in use, e.g. `avx512`; results are bit-identical only within one. */
  readonly instructionSet: string;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly info: EngineInfo;
  /** Throws UserError (78) for a model that this engine cannot execute. */
  create(options: TrainerOptions): Trainer;
}
