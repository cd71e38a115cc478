/** A drawing made into a digit as those of MNIST are: in a box of 20 pixels, its centre of mass in the middle of 28. */

/** Pixels along a side of a digit of MNIST. */
export const SIDE = 28;
/** The longer side of what is drawn. */
const BOX = 20;

/**
 * The digit, 784 bytes in scan lines, of `ink`: side x side bytes, 0 where nothing is drawn. Null if nothing is.
 * Each pixel is the mean of the ink below it.
 */
export function asDigit(ink: Uint8Array, side: number): Uint8Array | null {
  const found = measure(ink, side);
  if (found === null) return null;
  const [x, y] = found;
  const scale = Math.max(x.size, y.size) / BOX;
  const [across, down] = [shares(x, scale, side), shares(y, scale, side)];
  const digit = new Uint8Array(SIDE * SIDE);
  for (const [row, lines] of down.entries()) {
    for (const [column, places] of across.entries()) {
      let sum = 0;
      for (const [y, height] of lines) {
        for (const [x, width] of places) sum += ink[y * side + x]! * height * width;
      }
      digit[row * SIDE + column] = Math.round(sum / scale ** 2);
    }
  }
  return digit;
}

/** What is drawn, along one of its sides: its size and its centre of mass. */
interface Extent {
  readonly size: number;
  readonly centre: number;
}

/** Across and down; null if nothing is drawn. */
function measure(ink: Uint8Array, side: number): readonly [x: Extent, y: Extent] | null {
  let [mass, x, y] = [0, 0, 0];
  let [left, right, top, bottom] = [side, -1, side, -1];
  for (const [at, value] of ink.entries()) {
    if (value === 0) continue;
    const [column, row] = [at % side, Math.floor(at / side)];
    mass += value;
    x += value * (column + 0.5);
    y += value * (row + 0.5);
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  }
  if (mass === 0) return null;
  return [
    { size: right - left + 1, centre: x / mass },
    { size: bottom - top + 1, centre: y / mass },
  ];
}

/**
 * For each of the digit's columns (or rows): those of the drawing below it, and how much of each. MNIST moved its digits by
 * whole pixels, nobody says how they were rounded: here the centre of mass is in the middle.
 */
function shares({ centre }: Extent, scale: number, side: number): [at: number, share: number][][] {
  return Array.from({ length: SIDE }, (_, pixel) => {
    const from = centre + (pixel - SIDE / 2) * scale;
    const to = from + scale;
    const below: [number, number][] = [];
    for (let at = Math.max(0, Math.floor(from)); at < Math.min(side, to); at++) {
      below.push([at, Math.min(to, at + 1) - Math.max(from, at)]);
    }
    return below;
  });
}
