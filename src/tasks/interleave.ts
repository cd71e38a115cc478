/**
 * Transposes `size` rows of T values into columns: `x[t * stride + b] = values[rows[b] * T + t]`.
 * Four rows at a time: reads then run along four sequences and writes fill neighbouring elements, which
 * takes less than half the time of one row after another.
 */
export function interleave(
  values: Float32Array,
  rows: Float64Array,
  size: number,
  steps: number,
  x: Float32Array,
  stride: number,
): void {
  let b = 0;
  for (; b + 3 < size; b += 4) {
    const row0 = (rows[b] as number) * steps;
    const row1 = (rows[b + 1] as number) * steps;
    const row2 = (rows[b + 2] as number) * steps;
    const row3 = (rows[b + 3] as number) * steps;
    for (let t = 0, to = b; t < steps; t++, to += stride) {
      x[to] = values[row0 + t] as number;
      x[to + 1] = values[row1 + t] as number;
      x[to + 2] = values[row2 + t] as number;
      x[to + 3] = values[row3 + t] as number;
    }
  }
  for (; b < size; b++) {
    const row = (rows[b] as number) * steps;
    for (let t = 0, to = b; t < steps; t++, to += stride) x[to] = values[row + t] as number;
  }
}
