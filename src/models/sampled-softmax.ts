/**
 * Sampled softmax: a training step of a softmax over V classes that looks at a few of them (Jean, Cho, Memisevic &
 * Bengio 2015, arXiv 1412.2007; the estimator is that of TensorFlow's `sampled_softmax_loss`).
 *
 * All targets of a batch compete with the same S different *candidates*. They are drawn one after the other from the
 * log-uniform distribution
 *
 *     P(c) = (log(c + 2) - log(c + 1)) / log(V + 1),   c = 0, ..., V - 1,
 *
 * close to Zipf's law where classes are numbered from the most frequent one; a class that is drawn again is put back,
 * until there are S. With n draws in all, class c was to be expected E(c) = 1 - (1 - P(c))^n times. The logits of
 * candidates and targets are lowered by log E(c), so that their softmax estimates the one over all classes. A
 * candidate that is a position's own target counts there once, as the target ("accidental hits" are removed).
 *
 * What is drawn is a pure function of (seed, index of the batch): the first word w of Philox's stream `sampling` at the
 * batch's index becomes class floor((V + 1)^((w + 1/2) / 2^32)) - 1, and so on.
 */
import { ExitCode, UserError } from '../support/errors.ts';
import { Philox, Stream } from '../support/philox.ts';
import { UNSCORED } from './batch.ts';
import type { Head, ModelSpec } from './spec.ts';

/** The most classes over which `auto` trains exactly, and how many it samples beyond. */
const AUTO_EXACT = 50_000;
const AUTO_SAMPLES = 8_192;

/**
 * What `training.softmax_samples` comes to for a head: candidates a training step (S), or null for all classes.
 * Throws UserError (78) for a head that has nothing to sample from.
 */
export function softmaxSamples(setting: number | 'auto' | null, head: Head): number | null {
  if (setting === null) return null;
  if (setting === 'auto') return head.kind === 'softmax' && head.size > AUTO_EXACT ? AUTO_SAMPLES : null;
  if (head.kind === 'softmax' && setting < head.size) return setting;
  const found = head.kind === 'softmax' ? `a softmax over ${head.size} classes` : 'regression';
  throw new UserError(
    ExitCode.badConfig,
    `training.softmax_samples: ${setting} means nothing for ${found}.\nRemove it, or set it to null.`,
  );
}

/** The classes of one training step, the same for every engine. */
export interface ClassSample {
  /** Candidates in rising order, then the targets that are not among them, in rising order. */
  readonly classes: Int32Array;
  /** The first this many classes are candidates: they compete everywhere, the others only where they are the target. */
  readonly candidates: number;
  /** log E(c) of each class. */
  readonly logExpected: Float32Array;
  /** The batch's targets as places in `classes`; `UNSCORED` stays. */
  readonly target: Int32Array;
}

export class ClassSampler {
  readonly #random: Philox;
  readonly #classes: number;
  readonly #samples: number;
  /** Of each class, 1 + its place in the sample being made, or 0; all 0 between samples. */
  readonly #places: Int32Array;

  /** `samples` (S) is smaller than `classes` (V). */
  constructor(seed: number, classes: number, samples: number) {
    this.#random = new Philox(seed, Stream.sampling);
    this.#classes = classes;
    this.#samples = samples;
    this.#places = new Int32Array(classes);
  }

  /** The sample for the training batch of this index and with these targets. */
  sample(index: number, target: Int32Array): ClassSample {
    const { candidates, draws } = this.#draw(index);
    const places = this.#places;
    const others = Int32Array.from(new Set(target.filter((c) => c !== UNSCORED && places[c] === 0))).sort();
    const classes = new Int32Array(candidates.length + others.length);
    classes.set(candidates);
    classes.set(others, candidates.length);
    const logExpected = new Float32Array(classes.length);
    for (let i = 0; i < classes.length; i++) {
      logExpected[i] = logExpectedCount(classes[i]!, this.#classes, draws);
      places[classes[i]!] = 1 + i;
    }
    const inSample = target.map((c) => (c === UNSCORED ? UNSCORED : places[c]! - 1));
    for (const c of classes) places[c] = 0;
    return { classes, candidates: candidates.length, logExpected, target: inSample };
  }

  /** Draws until there are S different classes. Marks them in `places`. */
  #draw(index: number): { candidates: Int32Array; draws: number } {
    const places = this.#places;
    const candidates = new Int32Array(this.#samples);
    const logRange = Math.log(this.#classes + 1);
    this.#random.seek(index);
    let found = 0;
    let draws = 0;
    for (; found < candidates.length; draws++) {
      const uniform = (this.#random.uint32() + 0.5) * 2 ** -32;
      const c = Math.min(Math.floor(Math.exp(uniform * logRange)), this.#classes) - 1;
      if (places[c] !== 0) continue;
      places[c] = 1;
      candidates[found++] = c;
    }
    return { candidates: candidates.sort(), draws };
  }
}

/** The sampler of a trainer with these options; null when it is to train on all classes. */
export function classSampler(options: {
  readonly model: ModelSpec;
  readonly seed: number;
  readonly softmaxSamples: number | null;
}): ClassSampler | null {
  const { model, seed, softmaxSamples: samples } = options;
  return samples === null ? null : new ClassSampler(seed, model.head.size, samples);
}

/** log E(c): how often class c is expected in a sample of that many draws. */
export function logExpectedCount(c: number, classes: number, draws: number): number {
  const probability = Math.log1p(1 / (c + 1)) / Math.log(classes + 1);
  return Math.log(-Math.expm1(draws * Math.log1p(-probability)));
}
