/** Consecutive slices that together hold every sequence of a split exactly once; the last may be smaller. */
export interface EvaluationBatches {
  readonly size: number;
  count(sequences: number): number;
  /** Sequences [from, to) of slice `index`. Throws RangeError beyond the last slice. */
  range(sequences: number, index: number): { readonly from: number; readonly to: number };
}

const TARGET_SEQUENCES = 256;
const LARGEST_INPUT_BYTES = 4 * 2 ** 20;
const LANES = 16;

/**
 * Evaluation slices for sequences of `steps` steps of `inputSize` features. 256 sequences keep an input of the
 * paper's lengths under 1 MB, which stays in a core's second-level cache between writing and reading it, and
 * make the price of a call invisible. Longer sequences get fewer, down to the 16 that fill a vector register:
 * an input of at most 4 MB, beyond T = 32,768 for two features as much as 16 sequences take.
 */
export function evaluationBatches(steps: number, inputSize: number): EvaluationBatches {
  const affordable = Math.floor(LARGEST_INPUT_BYTES / (4 * steps * inputSize) / LANES) * LANES;
  const size = Math.max(LANES, Math.min(TARGET_SEQUENCES, affordable));
  return {
    size,
    count: (sequences) => Math.ceil(sequences / size),
    range(sequences, index) {
      const from = index * size;
      if (!(index >= 0 && from < sequences)) throw new RangeError(`there is no evaluation batch ${index}`);
      return { from, to: Math.min(from + size, sequences) };
    },
  };
}
