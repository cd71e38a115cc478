/** One axis of a terminal chart, linear or logarithmic. */
export interface Axis {
  /** The values at its ends. */
  readonly ends: readonly [low: number, high: number];
  /** Values between the ends that are worth a label. */
  readonly inner: readonly number[];
  /** How far along a value lies: 0 and 1 are the ends; less or more is beyond them. */
  share(value: number): number;
}

/** From the lowest to the highest value, or to `highest`; null where a logarithmic axis has no positive value to show. */
export function axisOf(values: readonly number[], log: boolean, highest = Infinity): Axis | null {
  const shown = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (shown.length === 0) return null;
  const scale = log ? Math.log10 : (value: number) => value;
  const low = shown.reduce((a, b) => Math.min(a, b));
  const high = Math.min(
    shown.reduce((a, b) => Math.max(a, b)),
    highest,
  );
  const ends = high > low ? ([low, high] as const) : widened(low, log);
  const [from, to] = [scale(ends[0]), scale(ends[1])];
  return {
    ends,
    inner: log ? powersOfTen(from, to) : [(ends[0] + ends[1]) / 2],
    share: (value) => (log && value <= 0 ? -Infinity : (scale(value) - from) / (to - from)),
  };
}

/** Where all values are equal the axis has some extent nevertheless. */
function widened(value: number, log: boolean): readonly [number, number] {
  if (log) return [value / 2, value * 2];
  const half = Math.abs(value) / 2 || 0.5;
  return [value - half, value + half];
}

function powersOfTen(from: number, to: number): number[] {
  const first = Math.floor(from) + 1;
  return Array.from({ length: Math.max(0, Math.ceil(to) - first) }, (_, index) => 10 ** (first + index));
}
