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
