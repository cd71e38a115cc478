import type { SpeechUtterance } from './corpus.ts';
import { BANDS } from './filter-bank.ts';

/** Filter banks, their slopes and the slopes' slopes. */
export const FEATURES = 3 * BANDS;

export type Normalisation = 'training_set' | 'speaker';

/**
 * The features of each utterance, `FEATURES` a frame, every one with zero mean and unit variance: over all frames of
 * the training split, or over the frames of the utterance's own speaker. `scale` is that of the training split.
 */
export function normalisedFeatures(
  utterances: readonly SpeechUtterance[],
  normalisation: Normalisation,
): { readonly features: Float32Array[]; readonly scale: Scale | null } {
  const features = utterances.map(({ bands }) => withSlopes(bands));
  const groupOf = ({ speaker }: SpeechUtterance) => (normalisation === 'speaker' ? speaker : '');
  const moments = new Map<string, Moments>();
  for (const [i, utterance] of utterances.entries()) {
    if (normalisation === 'training_set' && utterance.split !== 'train') continue;
    const group = groupOf(utterance);
    if (!moments.has(group)) moments.set(group, new Moments());
    moments.get(group)!.add(features[i]!);
  }
  const scales = new Map([...moments].map(([group, sums]) => [group, sums.scale()]));
  for (const [i, utterance] of utterances.entries()) apply(scales.get(groupOf(utterance))!, features[i]!);
  return { features, scale: normalisation === 'training_set' ? (scales.get('') ?? null) : null };
}

function withSlopes(bands: Float32Array): Float32Array {
  const slopes = deltas(bands, BANDS);
  const parts = [bands, slopes, deltas(slopes, BANDS)];
  const frames = bands.length / BANDS;
  const features = new Float32Array(frames * FEATURES);
  for (let t = 0; t < frames; t++) {
    for (const [k, part] of parts.entries()) {
      features.set(part.subarray(t * BANDS, (t + 1) * BANDS), t * FEATURES + k * BANDS);
    }
  }
  return features;
}

/** A normalised feature is (feature - mean) * factor. */
export interface Scale {
  readonly mean: Float64Array;
  /** One over the standard deviation; 1 for a feature that never changes. */
  readonly factor: Float64Array;
}

class Moments {
  readonly #sums = new Float64Array(FEATURES);
  readonly #squares = new Float64Array(FEATURES);
  #frames = 0;

  add(features: Float32Array): void {
    for (let i = 0; i < features.length; i++) {
      const value = features[i]!;
      this.#sums[i % FEATURES]! += value;
      this.#squares[i % FEATURES]! += value * value;
    }
    this.#frames += features.length / FEATURES;
  }

  scale(): Scale {
    const mean = this.#sums.map((sum) => sum / this.#frames);
    const factor = this.#squares.map((squares, i) => {
      const variance = squares / this.#frames - mean[i]! ** 2;
      return variance > 1e-12 ? 1 / Math.sqrt(variance) : 1;
    });
    return { mean, factor };
  }
}

function apply({ mean, factor }: Scale, features: Float32Array): void {
  for (let i = 0; i < features.length; i++) {
    features[i] = (features[i]! - mean[i % FEATURES]!) * factor[i % FEATURES]!;
  }
}

/** Frames to each side over which a slope is taken. */
const REACH = 2;
const DENOMINATOR = 2 * (1 ** 2 + 2 ** 2);

/**
 * The slope of every band at every frame: the regression over five frames,
 * sum over n = 1, 2 of n (c[t + n] - c[t - n]), divided by 2 (1 + 4), where the first and the last frame stand for
 * those beyond (Young et al., The HTK Book, section 5.9). Twice gives accelerations.
 */
export function deltas(values: Float32Array, bands: number): Float32Array {
  const frames = values.length / bands;
  const slopes = new Float32Array(values.length);
  for (let t = 0; t < frames; t++) {
    for (let band = 0; band < bands; band++) {
      let sum = 0;
      for (let n = 1; n <= REACH; n++) {
        const after = Math.min(t + n, frames - 1) * bands + band;
        const before = Math.max(t - n, 0) * bands + band;
        sum += n * (values[after]! - values[before]!);
      }
      slopes[t * bands + band] = sum / DENOMINATOR;
    }
  }
  return slopes;
}
