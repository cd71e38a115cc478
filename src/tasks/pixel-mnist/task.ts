import { createHash } from 'node:crypto';
import { withDataPath } from '../../config/data-base.ts';
import type { TaskConfig } from '../../config/schema.ts';
import { CLASSES, type LabelledImages, loadMnist, type Mnist, PIXELS } from '../../data/mnist.ts';
import { type Batch, wholeSequences } from '../../models/batch.ts';
import type { Head, InputSpec } from '../../models/spec.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { Philox, permutation, Stream } from '../../support/philox.ts';
import { type EvaluationBatches, evaluationBatches, TrainingOrder } from '../batching.ts';
import { ClassificationTally } from '../tally.ts';
import type { Metrics, PreprocessingFile, Split, Task, TaskOptions } from '../task.ts';

type PixelMnistConfig = Extract<TaskConfig, { name: 'pixel_mnist' }>;

/** Throws UserError: 65 and 66 for bad and missing files, 78 when `valid_size` leaves nothing to train on. */
export function createTask(config: PixelMnistConfig, { seeds, batchSize }: TaskOptions): Task {
  return new PixelMnistTask(config, { seed: seeds.order, batchSize });
}

export interface PixelMnistOptions {
  readonly seed: number;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
}

/** Images [from, to) of one of the two files. */
interface SplitImages {
  readonly source: LabelledImages;
  readonly from: number;
  readonly to: number;
}

/**
 * Pixel-by-pixel MNIST (Le, Jaitly & Hinton 2015, section 4.2): 784 pixels, one a step, in scan lines or in one
 * fixed random order for all images; the class after the last. The permutation comes from `permutation_seed`
 * alone: every seed of an experiment, and every model in it, sees the same one.
 */
export class PixelMnistTask implements Task {
  readonly input: InputSpec = { kind: 'features', size: 1 };
  readonly head: Head = { kind: 'softmax', size: CLASSES, at: 'last-step' };
  readonly steps = PIXELS;
  readonly dataNote = null;
  readonly provenance: Readonly<Record<string, string | number>>;
  readonly #splits: Readonly<Record<Split, SplitImages>>;
  readonly #batchSize: number;
  readonly #order: TrainingOrder;
  readonly #evaluation: EvaluationBatches = evaluationBatches(PIXELS, 1);
  /** Which pixel each step shows. */
  readonly #pixels: Uint16Array;
  /** Input value of each of the 256 pixel values. */
  readonly #scale: Float32Array;
  readonly #buffers: Partial<Record<Split, { x: Float32Array; target: Int32Array }>> = {};
  #baseline: Metrics | null = null;

  constructor(config: PixelMnistConfig, options: PixelMnistOptions) {
    const mnist = loadMnist(withDataPath(config).data);
    const { train, test } = mnist;
    if (config.valid_size >= train.count) {
      throw new UserError(
        ExitCode.badConfig,
        `task.valid_size: expected fewer than the ${train.count} training images in ${mnist.folder}, found ${config.valid_size}`,
      );
    }
    const boundary = train.count - config.valid_size;
    this.#splits = {
      train: { source: train, from: 0, to: boundary },
      valid: { source: train, from: boundary, to: train.count },
      test: { source: test, from: 0, to: test.count },
    };
    this.#batchSize = options.batchSize;
    this.#order = new TrainingOrder(options.seed, boundary);
    this.#pixels = pixelOrder(config.permuted ? config.permutation_seed : null);
    this.#scale = pixelScale(config.pixel_scale, train.images.subarray(0, boundary * PIXELS));
    this.provenance = {
      ...fileHashes(mnist),
      ...(config.permuted && { permutation_sha256: hashOrder(this.#pixels) }),
    };
  }

  batch(split: Split, index: number): Batch {
    const { from: first } = this.#splits[split];
    if (split === 'train') {
      const start = index * this.#batchSize;
      return this.#write(split, index, this.#batchSize, (b) => this.#order.element(start + b));
    }
    const { from, to } = this.#evaluation.range(this.size(split), index);
    return this.#write(split, index, to - from, (b) => first + from + b);
  }

  batches(split: 'valid' | 'test'): number {
    return this.#evaluation.count(this.size(split));
  }

  size(split: Split): number {
    return this.#splits[split].to - this.#splits[split].from;
  }

  /** `order`: which pixel of a scanned image each step shows. `values`: the input for each of the 256 pixel values. */
  preprocessing(): ReadonlyMap<PreprocessingFile, string> {
    const content = { order: [...this.#pixels], values: [...this.#scale] };
    return new Map([['pixels.json', `${JSON.stringify(content)}\n`]]);
  }

  tally(): ClassificationTally {
    return new ClassificationTally();
  }

  /**
   * Chosen on the training images, scored on the test images: `accuracy` of always answering the most frequent
   * class, and `loss`, the cross-entropy in nats of always answering the frequencies of the classes.
   */
  get baseline(): Metrics {
    this.#baseline ??= constantPredictor(labels(this.#splits.train), labels(this.#splits.test));
    return this.#baseline;
  }

  /** Transposes images through the pixel order: element (t, b) of x is pixel `order[t]` of the b-th image. */
  #write(split: Split, index: number, size: number, element: (b: number) => number): Batch {
    const largest = split === 'train' ? this.#batchSize : Math.min(this.size(split), this.#evaluation.size);
    this.#buffers[split] ??= { x: new Float32Array(PIXELS * largest), target: new Int32Array(largest) };
    const { x, target } = this.#buffers[split];
    const { images, labels } = this.#splits[split].source;
    const pixels = this.#pixels;
    const scale = this.#scale;
    for (let b = 0; b < size; b++) {
      const image = element(b);
      target[b] = labels[image] as number;
      const offset = image * PIXELS;
      for (let t = 0, to = b; t < PIXELS; t++, to += size) {
        x[to] = scale[images[offset + (pixels[t] as number)] as number] as number;
      }
    }
    return wholeSequences(
      { size, steps: PIXELS, x_TIB: x.subarray(0, PIXELS * size), target: target.subarray(0, size) },
      index,
    );
  }
}

/** Scan lines, or the permutation that `seed` chooses. */
function pixelOrder(seed: number | null): Uint16Array {
  if (seed === null) return Uint16Array.from({ length: PIXELS }, (_, pixel) => pixel);
  return Uint16Array.from(permutation(new Philox(seed, Stream.permutation), PIXELS));
}

/** sha256 of the order as 784 little-endian 16-bit numbers. */
function hashOrder(order: Uint16Array): string {
  const bytes = new Uint8Array(2 * order.length);
  const view = new DataView(bytes.buffer);
  for (const [t, pixel] of order.entries()) view.setUint16(2 * t, pixel, true);
  return createHash('sha256').update(bytes).digest('hex');
}

/** `standard`: zero mean and unit variance over all pixels of the training images. */
function pixelScale(scale: PixelMnistConfig['pixel_scale'], trainPixels: Uint8Array): Float32Array {
  const values = Float32Array.from({ length: 256 }, (_, value) => value);
  if (scale === 'raw') return values;
  if (scale === 'unit') return values.map((value) => value / 255);
  const counts = new Float64Array(256);
  for (let i = 0; i < trainPixels.length; i++) counts[trainPixels[i] as number]! += 1;
  const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / trainPixels.length;
  const variance =
    counts.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0) / trainPixels.length;
  if (variance === 0) {
    throw new UserError(
      ExitCode.badData,
      'task.pixel_scale is "standard", but all pixels of the training images have the same value',
    );
  }
  return values.map((value) => (value - mean) / Math.sqrt(variance));
}

function labels({ source, from, to }: SplitImages): Uint8Array {
  return source.labels.subarray(from, to);
}

function constantPredictor(train: Uint8Array, test: Uint8Array): Metrics {
  const counts = new Float64Array(CLASSES);
  for (const label of train) counts[label]! += 1;
  const commonest = counts.indexOf(Math.max(...counts));
  let correct = 0;
  let loss = 0;
  for (const label of test) {
    if (label === commonest) correct++;
    loss -= Math.log((counts[label] as number) / train.length);
  }
  return { accuracy: correct / test.length, loss: loss / test.length };
}

function fileHashes(mnist: Mnist): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mnist.files).map(([name, { sha256 }]) => [`${name}_sha256`, sha256]),
  );
}
