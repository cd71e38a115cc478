import type { Batch, Scores } from '../models/batch.ts';
import type { ModelSpec, Parameters } from '../models/spec.ts';

/**
 * How accurate products are. `float32`: as accurate as float32 arithmetic. `bf16x3`: of factors with 17 significant
 * bits (docs/engines/amx.md).
 */
export type Precision = 'float32' | 'bf16x3';

interface WeightDecay {
  /** This times every parameter is added to its gradient after clipping; none if absent. */
  readonly weight_decay?: number;
}

/** Update rules, with PyTorch's definitions and names. */
export type OptimizerSpec =
  | (WeightDecay & { readonly name: 'sgd'; readonly momentum: number })
  | (WeightDecay & {
      readonly name: 'rmsprop';
      readonly decay: number;
      readonly epsilon: number;
      readonly momentum: number;
    })
  | (WeightDecay & {
      readonly name: 'adam';
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      /** Shrinks the parameters instead of changing the gradient, as torch.optim.AdamW does. */
      readonly decoupled_weight_decay?: boolean;
    });

export interface ClipSpec {
  readonly threshold: number;
  /** `norm`: rescale all gradients together to a global L2 norm. `elementwise`: clamp every component. */
  readonly mode: 'norm' | 'elementwise';
}

export interface TrainerSettings {
  readonly model: ModelSpec;
  readonly optimizer: OptimizerSpec;
  /** Null: gradients are not clipped. */
  readonly clip: ClipSpec | null;
  /** How the losses of a batch's scored targets become one number to differentiate. */
  readonly lossReduction: 'mean' | 'sum';
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
  /** The most time steps of a training batch (T). */
  readonly steps: number;
  /** Seed of what is random in training: dropout masks and sampled classes. They follow from it and a batch's index. */
  readonly seed: number;
  /**
   * Classes that a softmax at training looks at besides the batch's targets (models/sampled-softmax.ts); null for all,
   * exactly. Evaluation is always exact.
   */
  readonly softmaxSamples: number | null;
  /** Cores at hand: no more threads than these, and than the model has work for. Absent: as many as the engine was loaded for. */
  readonly cores?: number;
  /** float32 if absent. Engines without the precision that is asked for refuse it. */
  readonly precision?: Precision;
}

export interface TrainerOptions extends TrainerSettings {
  /** What training begins with. The trainer copies them and lets go: those of a large vocabulary take gigabytes. */
  readonly parameters: Parameters;
}

/** Figures of a step. An engine may leave reading them back from its device until one of them is looked at. */
export interface StepResult {
  /** Loss of the batch before the update, under the trainer's reduction. */
  readonly loss: number;
  /** Global L2 norm of the gradient before clipping, accumulated in double precision. */
  readonly gradientNorm: number;
  readonly clipped: boolean;
  /** The gradient was not finite, so nothing was updated, nor was the carried state. */
  readonly skipped: boolean;
}

/** Everything that a trainer needs to continue as if it had never stopped, apart from its parameters. */
export interface TrainerState {
  /** What the update rule remembers, by `<slot>.<parameter>` (torch.optim's slot names). */
  readonly slots: Parameters;
  /** How often the update rule was applied. */
  readonly updates: number;
  /**
   * Hidden states that the next training batch may take over, as `h_l{k}` and, for LSTM layers, `c_l{k}`, [B, H] each.
   * Empty until a batch has asked for them.
   */
  readonly carried: Parameters;
}

/** A model being trained on one engine. It owns its parameters; readers get copies. */
export interface Trainer {
  /** Threads that it uses, where that depends on the model. */
  readonly threads?: number;
  /** Forward, back-propagation through time, clipping and update on one training batch. */
  step(batch: Batch, learningRate: number): StepResult;
  /** Loss and gradients of one training batch, unclipped, without an update. */
  gradients(batch: Batch): { readonly loss: number; readonly gradients: Parameters };
  /** Scores a batch of any size and length. Dropout is off. */
  evaluate(batch: Batch): Scores;
  /** Hidden units, over all layers and directions, whose output is non-zero at some step of some sequence of a training-sized batch. */
  liveUnits(batch: Batch): number;
  parameters(): Parameters;
  state(): TrainerState;
  /** Continues from saved parameters and state. */
  load(parameters: Parameters, state: TrainerState): void;
  dispose(): void;
}

export interface EngineInfo {
  readonly engine: string;
  /** Why it was chosen, where the program did that. */
  readonly reason?: string;
  readonly device: string;
  /**
   * Numerics version: raised by any change that alters a bit of a training run on this engine and instruction set, in its
   * own code or in what it is fed. Runs compare byte for byte within one version only.
   */
  readonly numerics: number;
  /** The kernels in use, e.g. `avx512`; results are bit-identical only within one. */
  readonly instructionSet: string;
  /** Why it uses these kernels, where faster ones were looked for and are not used. */
  readonly kernelReason?: string;
  /** Variables of the environment that its results may depend on, as they were. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly info: EngineInfo;
  /** Throws UserError (78) for a model that this engine cannot execute, and for a precision that it does not have. */
  create(options: TrainerOptions): Trainer;
}
