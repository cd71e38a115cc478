import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eigenvalues } from '../../playground/eigenvalues.ts';
import { Philox, Stream } from '../../src/support/philox.ts';

/** By real part, then imaginary part. */
function sorted(matrix: ArrayLike<number>, n: number): [number, number][] {
  const { re, im } = eigenvalues(matrix, n);
  const pairs = [...re].map((x, i): [number, number] => [x, im[i]!]);
  return pairs.sort(([a, b], [c, d]) => (Math.abs(a - c) > 1e-9 ? a - c : b - d));
}

function expectNear(
  found: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  by = 1e-9,
) {
  expect(found.length).toBe(wanted.length);
  for (const [i, pair] of found.entries()) {
    for (const part of [0, 1]) expect(Math.abs(pair[part]! - wanted[i]![part]!)).toBeLessThan(by);
  }
}

function random(seed: number, n: number): Float32Array {
  const matrix = new Float32Array(n * n);
  new Philox(seed, Stream.init).fillNormal(matrix, 1 / Math.sqrt(n));
  return matrix;
}

describe('known eigenvalues', () => {
  test.each([
    ['one number', [3], [[3, 0]]],
    [
      'a rotation',
      [0, -1, 1, 0],
      [
        [0, -1],
        [0, 1],
      ],
    ],
    [
      'a triangle',
      [2, 5, 7, 0, -1, 4, 0, 0, 0.5],
      [
        [-1, 0],
        [0.5, 0],
        [2, 0],
      ],
    ],
    // Columns 0 and 2 change places on the way to Hessenberg form.
    [
      'a cycle of three',
      [0, 0, 1, 1, 0, 0, 0, 1, 0],
      [
        [-0.5, -Math.sqrt(0.75)],
        [-0.5, Math.sqrt(0.75)],
        [1, 0],
      ],
    ],
    // x^4 - 10 x^3 + 35 x^2 - 50 x + 24 = (x - 1)(x - 2)(x - 3)(x - 4)
    [
      'a companion',
      [10, -35, 50, -24, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
      [
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
      ],
    ],
  ] as const)('%s', (_, matrix, wanted) => {
    expectNear(sorted(matrix, Math.sqrt(matrix.length)), wanted);
  });

  test('the identity, and a multiple of it', () => {
    const identity = Float32Array.from({ length: 10_000 }, (_, i) => Number(i % 101 === 0));
    expect([...eigenvalues(identity, 100).re]).toEqual(new Array(100).fill(1));
    expect([...eigenvalues(identity, 100).im]).toEqual(new Array(100).fill(0));
  });
});

test('of B D B^-1 they are those of the blocks of D', () => {
  // D has blocks [[a, b], [-b, a]], with eigenvalues a +- bi; the basis is a product of shears, whose inverse is known.
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0.1, max: 2, noNaN: true })),
        { minLength: 1, maxLength: 6 },
      ),
      fc.integer({ min: 0, max: 1e6 }),
      (blocks, seed) => {
        const n = 2 * blocks.length;
        const a = Array.from({ length: n }, () => new Array<number>(n).fill(0));
        for (const [k, [re, im]] of blocks.entries()) {
          a[2 * k]![2 * k] = a[2 * k + 1]![2 * k + 1] = re;
          a[2 * k]![2 * k + 1] = im;
          a[2 * k + 1]![2 * k] = -im;
        }
        const philox = new Philox(seed, Stream.init);
        for (let shear = 0; shear < n; shear++) {
          const i = philox.below(n);
          const j = (i + 1 + philox.below(n - 1)) % n;
          for (let k = 0; k < n; k++) a[i]![k]! += 0.5 * a[j]![k]!;
          for (let k = 0; k < n; k++) a[k]![j]! -= 0.5 * a[k]![i]!;
        }
        const { re, im } = eigenvalues(a.flat(), n);
        for (const [x, y] of blocks) {
          const nearest = Math.min(...[...re].map((value, i) => Math.hypot(value - x, im[i]! - y)));
          // Eigenvalues that nearly coincide are known to the square root of the precision, or worse.
          expect(nearest).toBeLessThan(1e-2);
        }
        expect(re.reduce((sum, x) => sum + x, 0)).toBeCloseTo(2 * blocks.reduce((sum, [x]) => sum + x, 0), 8);
      },
    ),
    { numRuns: 60 },
  );
});

test('of 100 random weights, sums of powers are traces of powers', () => {
  for (const seed of [1, 2, 3]) {
    const n = 100;
    const matrix = random(seed, n);
    const { re, im } = eigenvalues(matrix, n);
    let [trace, square] = [0, 0];
    for (let i = 0; i < n; i++) {
      trace += matrix[i * n + i]!;
      for (let j = 0; j < n; j++) square += matrix[i * n + j]! * matrix[j * n + i]!;
    }
    const powers = [...re].map((x, i) => x * x - im[i]! ** 2);
    expect(re.reduce((sum, x) => sum + x, 0)).toBeCloseTo(trace, 10);
    expect(powers.reduce((sum, x) => sum + x, 0)).toBeCloseTo(square, 10);
    expect(im.reduce((sum, y) => sum + y, 0)).toBeCloseTo(0, 12);
    // Girko's circular law: all but few are inside a slightly larger circle, and they fill it.
    const radii = [...re].map((x, i) => Math.hypot(x, im[i]!));
    expect(Math.max(...radii)).toBeGreaterThan(0.85);
    expect(Math.max(...radii)).toBeLessThan(1.25);
  }
});

test('entries that are not finite are refused', () => {
  expect(() => eigenvalues([1, Number.NaN, 0, 1], 2)).toThrow(RangeError);
});
