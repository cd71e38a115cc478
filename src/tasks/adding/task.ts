import type { TaskConfig } from '../../config/schema.ts';
import { type Batch, wholeSequences } from '../../models/batch.ts';
import type { Head, InputSpec } from '../../models/spec.ts';
import { Stream } from '../../support/philox.ts';
import { type EvaluationBatches, evaluationBatches, TrainingOrder } from '../batching.ts';
import { RegressionTally } from '../tally.ts';
import type { Metrics, PreprocessingFile, Split, Task, TaskOptions } from '../task.ts';
import {
  AddingSequences,
  drawnSequences,
  interleave,
  type SequenceRows,
  storedSequences,
} from './sequences.ts';

type AddingConfig = Extract<TaskConfig, { name: 'adding' }>;

export function createTask(config: AddingConfig, options: TaskOptions): Task {
  return new AddingTask(config, options);
}

export interface AddingOptions extends Pick<TaskOptions, 'seeds' | 'batchSize'> {
  /** A split that takes more bytes than this is drawn anew at every use, with the same values. */
  readonly storageLimit?: number;
}

/** 100,000 sequences of T = 640 fit; those of the paper's T = 400 take 161 MB. */
const STORAGE_LIMIT = 256 * 2 ** 20;

const SIGNAL_AND_MASK = 2;

const streams = { train: Stream.dataTrain, valid: Stream.dataValid, test: Stream.dataTest } as const;

/**
 * The adding problem (Le, Jaitly & Hinton 2015, section 4.1). Inputs: channel 0 a signal uniform on [0, 1), channel 1
 * a mask with exactly two ones. Target: the sum of the two marked signal values, after the last step.
 */
export class AddingTask implements Task {
  readonly input: InputSpec = { kind: 'features', size: SIGNAL_AND_MASK };
  readonly head: Head = { kind: 'regression', size: 1, at: 'last-step' };
  readonly steps: number;
  readonly dataNote = null;
  readonly provenance: Readonly<Record<string, string | number>>;
  readonly #sequences: Readonly<Record<Split, AddingSequences>>;
  readonly #sizes: Readonly<Record<Split, number>>;
  readonly #storageLimit: number;
  readonly #batchSize: number;
  readonly #order: TrainingOrder;
  readonly #evaluation: EvaluationBatches;
  /** Made at a split's first batch: a run that is only checked, or only evaluated, draws no training set. */
  readonly #writers: Partial<Record<Split, AddingBatchWriter>> = {};
  #baseline: Metrics | null = null;

  constructor(config: AddingConfig, options: AddingOptions) {
    const shape = { steps: config.T, marks: config.marks };
    const sequences = (split: Split) => new AddingSequences(options.seeds.data, streams[split], shape);
    this.steps = config.T;
    this.#sequences = { train: sequences('train'), valid: sequences('valid'), test: sequences('test') };
    this.#sizes = {
      train: config.train_size === 'fresh' ? Infinity : config.train_size,
      valid: config.valid_size,
      test: config.test_size,
    };
    this.#storageLimit = options.storageLimit ?? STORAGE_LIMIT;
    this.#batchSize = options.batchSize;
    this.#order = new TrainingOrder(options.seeds.order, this.#sizes.train);
    this.#evaluation = evaluationBatches(config.T, SIGNAL_AND_MASK);
    this.provenance = { generator: 'philox4x32-10', seed: options.seeds.data };
  }

  batch(split: Split, index: number): Batch {
    const writer = this.#writer(split);
    if (split === 'train') {
      const start = index * this.#batchSize;
      return writer.write(index, this.#batchSize, (b) => this.#order.element(start + b));
    }
    const { from, to } = this.#evaluation.range(this.#sizes[split], index);
    return writer.write(index, to - from, (b) => from + b);
  }

  batches(split: 'valid' | 'test'): number {
    return this.#evaluation.count(this.#sizes[split]);
  }

  size(split: Split): number {
    return this.#sizes[split];
  }

  /** None: inputs are as they are drawn. */
  preprocessing(): ReadonlyMap<PreprocessingFile, string> {
    return new Map();
  }

  tally(): RegressionTally {
    return new RegressionTally();
  }

  /**
   * `mse` of always answering the mean target: the constant is chosen on the training set (or is 1, the expected
   * sum of two uniforms, when training data is fresh) and scored on the test set. Its expectation is 1/6.
   */
  get baseline(): Metrics {
    this.#baseline ??= { mse: this.#constantError() };
    return this.#baseline;
  }

  #constantError(): number {
    const { train, test } = this.#sizes;
    let constant = 1;
    if (train !== Infinity) {
      let sum = 0;
      for (let i = 0; i < train; i++) sum += this.#sequences.train.target(i);
      constant = sum / train;
    }
    let squares = 0;
    for (let i = 0; i < test; i++) squares += (this.#sequences.test.target(i) - constant) ** 2;
    return squares / test;
  }

  #writer(split: Split): AddingBatchWriter {
    let writer = this.#writers[split];
    if (!writer) {
      const size = this.#sizes[split];
      const fits = size * (this.steps + 2) * 4 <= this.#storageLimit;
      const largest = split === 'train' ? this.#batchSize : Math.min(size, this.#evaluation.size);
      const sequences = fits
        ? storedSequences(this.#sequences[split], this.steps, size)
        : drawnSequences(this.#sequences[split], this.steps, largest);
      writer = new AddingBatchWriter(sequences, this.steps, largest);
      this.#writers[split] = writer;
    }
    return writer;
  }
}

/** Lays sequences out as a batch, in buffers that it reuses: `x` stays zero but for the signals and the marks. */
class AddingBatchWriter {
  readonly #sequences: SequenceRows;
  readonly #steps: number;
  readonly #x: Float32Array;
  readonly #target: Float32Array;
  readonly #rows: Float64Array;
  /** Where the last batch put its ones. */
  readonly #ones: Uint32Array;
  #lastSize = 0;

  constructor(sequences: SequenceRows, steps: number, largest: number) {
    this.#sequences = sequences;
    this.#steps = steps;
    this.#x = new Float32Array(steps * SIGNAL_AND_MASK * largest);
    this.#target = new Float32Array(largest);
    this.#rows = new Float64Array(largest);
    this.#ones = new Uint32Array(largest * 2);
  }

  write(index: number, size: number, element: (b: number) => number): Batch {
    const { signals, marks } = this.#sequences;
    const x = this.#x;
    const ones = this.#ones;
    const rows = this.#rows;
    const steps = this.#steps;
    const stride = SIGNAL_AND_MASK * size;
    for (let b = 0; b < size; b++) rows[b] = this.#sequences.row(element(b), b);
    interleave(signals, rows, size, steps, x, stride);
    // A batch of another size has its mask where the last one had signals.
    if (this.#lastSize !== size)
      for (let t = 0; t < steps; t++) x.fill(0, t * stride + size, (t + 1) * stride);
    else for (let i = 0; i < 2 * size; i++) x[ones[i] as number] = 0;
    this.#lastSize = size;
    for (let b = 0; b < size; b++) {
      const row = rows[b] as number;
      const first = marks[2 * row] as number;
      const second = marks[2 * row + 1] as number;
      ones[2 * b] = first * stride + size + b;
      ones[2 * b + 1] = second * stride + size + b;
      x[ones[2 * b] as number] = 1;
      x[ones[2 * b + 1] as number] = 1;
      this.#target[b] = (signals[row * steps + first] as number) + (signals[row * steps + second] as number);
    }
    return wholeSequences(
      { size, steps, x_TIB: x.subarray(0, steps * stride), target: this.#target.subarray(0, size) },
      index,
    );
  }
}
