import { canvasIn } from '../drawings.ts';
import { ink } from '../theme.ts';
import { SIDE } from './ink.ts';

/** Pictures of digits and of what the network makes of them. */

/** A digit of which so many pixels have been read: those to come are faint. */
export function drawDigit(place: HTMLElement, pixels: Uint8Array, read: number): void {
  const { context: c, width, height } = canvasIn(place);
  const cell = Math.min(width, height) / SIDE;
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [(i % SIDE) * cell, Math.floor(i / SIDE) * cell];
    c.globalAlpha = (pixels[i]! / 255) * (i < read ? 1 : 0.18);
    c.fillStyle = ink('--ink');
    c.fillRect(x, y, cell + 0.5, cell + 0.5);
  }
  c.globalAlpha = 1;
  c.strokeStyle = ink('--accent');
  c.lineWidth = 2;
  if (read < SIDE * SIDE) c.strokeRect((read % SIDE) * cell, Math.floor(read / SIDE) * cell, cell, cell);
}

/** The probability of each class as bars, and below them how they came about: a row a class, a column a pixel. */
export function drawProbabilities(place: HTMLElement, reading: readonly Float64Array[], read: number): void {
  const { context: c, width, height } = canvasIn(place);
  const [left, right] = [20, 46];
  const row = height / 10;
  const [band, steps] = [width - left - right, reading.length];
  const now = reading[read - 1];
  for (let digit = 0; digit < 10; digit++) {
    const y = digit * row;
    c.fillStyle = ink('--raised');
    c.fillRect(left, y + 1, band, row - 2);
    c.fillStyle = ink('--accent');
    for (const [t, probabilities] of reading.slice(0, read).entries()) {
      c.globalAlpha = probabilities[digit]!;
      c.fillRect(left + (t / steps) * band, y + 1, band / steps + 0.5, row - 2);
    }
    c.globalAlpha = 1;
    c.fillStyle = ink(now !== undefined && now[digit]! >= 0.5 ? '--ink' : '--muted');
    c.fillText(String(digit), 4, y + row / 2 + 4);
    if (now !== undefined)
      c.fillText(`${(100 * now[digit]!).toFixed(0)} %`, width - right + 8, y + row / 2 + 4);
  }
}
