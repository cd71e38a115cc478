import { describe, expect, test } from 'vitest';
import { asDigit, SIDE } from '../../playground/digits/ink.ts';
import {
  likeliest,
  parameters,
  readDigit,
  sequenceOf,
  testAccuracy,
  testDigits,
} from '../../playground/digits/reading.ts';
import { loadMnist, MNIST_PACKAGE } from '../../src/data/mnist.ts';
import { native } from '../../src/engines/native/engine.ts';
import { wasm } from '../../src/engines/wasm/engine.ts';
import { optionsOf, type Shape } from '../engines/fixtures.ts';

describe('the test digits', () => {
  test('are a hundred of MNIST, ten of each', () => {
    const { images, labels } = loadMnist(MNIST_PACKAGE).test;
    for (const { index, label, pixels } of testDigits) {
      expect(labels[index]).toBe(label);
      expect(Buffer.from(pixels).equals(images.subarray(784 * index, 784 * (index + 1)))).toBe(true);
    }
    const counts = testDigits.map(({ label }) => label).sort((a, b) => a - b);
    expect(counts).toEqual(Array.from({ length: 100 }, (_, i) => Math.floor(i / 10)));
    expect(new Set(testDigits.map(({ index }) => index)).size).toBe(100);
  });

  test('are read as the network reads about all of them', () => {
    const right = testDigits.filter(({ pixels, label }) => likeliest(readDigit(pixels).at(-1)!) === label);
    expect(Math.abs(right.length / 100 - testAccuracy)).toBeLessThan(0.1);
  });
});

describe.each([
  ['native', native],
  ['wasm', wasm],
] as const)('the answers and their probabilities are those of the engine %s', (_, room) => {
  const shape: Shape = { cell: 'relu', head: 'softmax', T: 784, B: 1, I: 1, H: 100, O: 10 };
  const trainer = room.load().create(optionsOf(shape, { parameters }));

  test.each(testDigits.filter((_, i) => i % 7 === 0))('digit $index, a $label', ({ pixels, label }) => {
    const { predicted, loss } = trainer.evaluate(sequenceOf(pixels, label));
    const last = readDigit(pixels).at(-1)!;
    expect(likeliest(last)).toBe(predicted![0]);
    expect(-Math.log(last[label]!)).toBeCloseTo(loss, 3);
    expect(last.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 12);
  });
});

describe('a drawing', () => {
  /** Side of the drawing, and where in it a digit is drawn, ten times as large. */
  const side = 400;
  const drawn = (pixels: Uint8Array, left: number, top: number) => {
    const ink = new Uint8Array(side * side);
    for (let y = 0; y < 280; y++) {
      for (let x = 0; x < 280; x++) {
        ink[(top + y) * side + left + x] = pixels[Math.floor(y / 10) * SIDE + Math.floor(x / 10)]!;
      }
    }
    return ink;
  };

  test('of a digit of MNIST, wherever it stands, becomes that digit', () => {
    const some = testDigits.filter((_, i) => i % 5 === 0);
    const same = some.filter(({ pixels }, i) => {
      const digit = asDigit(drawn(pixels, i, 100 - i), side)!;
      const off = digit.reduce((sum, value, at) => sum + Math.abs(value - pixels[at]!), 0);
      const mass = pixels.reduce((sum, value) => sum + value, 0);
      // At most half a pixel off, of lines that are two or three wide.
      expect(off / mass, `digit ${i}`).toBeLessThan(1.1);
      const [x, y] = centreOf(digit);
      expect(Math.hypot(x - 14, y - 14), `digit ${i}`).toBeLessThan(0.1);
      return likeliest(readDigit(digit).at(-1)!) === likeliest(readDigit(pixels).at(-1)!);
    });
    expect(same.length).toBeGreaterThan(15);
  });

  test('fills a box of 20 pixels, whatever its size', () => {
    for (const [width, height] of [
      [40, 200],
      [200, 40],
      [7, 35],
    ] as const) {
      const ink = new Uint8Array(side * side);
      for (let y = 0; y < height; y++) ink.fill(255, (50 + y) * side + 90, (50 + y) * side + 90 + width);
      const digit = asDigit(ink, side)!;
      const rows = Array.from({ length: SIDE }, (_, y) =>
        digit.slice(y * SIDE, (y + 1) * SIDE).some(Boolean),
      );
      const columns = Array.from({ length: SIDE }, (_, x) => digit.some((v, at) => at % SIDE === x && v > 0));
      const extent = [columns.filter(Boolean).length, rows.filter(Boolean).length];
      expect(extent).toEqual(width > height ? [20, 4] : [4, 20]);
      expect(Math.max(...digit)).toBe(255);
    }
  });

  test('of nothing is no digit', () => {
    expect(asDigit(new Uint8Array(side * side), side)).toBeNull();
  });
});

function centreOf(digit: Uint8Array): [number, number] {
  const mass = digit.reduce((sum, value) => sum + value, 0);
  const along = (of: (at: number) => number) =>
    digit.reduce((sum, value, at) => sum + value * (of(at) + 0.5), 0) / mass;
  return [along((at) => at % SIDE), along((at) => Math.floor(at / SIDE))];
}
