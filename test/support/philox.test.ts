import { describe, expect, test } from 'vitest';
import { Philox, permutation, philox4x32, Stream } from '../../src/support/philox.ts';

const PI = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0] as const;

describe('known answers of Random123 (kat_vectors, philox4x32 10)', () => {
  test.each([
    { name: 'zeros', words: [0, 0, 0, 0, 0, 0], expected: '6627e8d5 e169c58d bc57ac4c 9b00dbd8' },
    {
      name: 'ones',
      words: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      expected: '408f276d 41c83b0e a20bc7c6 6d5451fd',
    },
    { name: 'pi', words: PI, expected: 'd16cfe09 94fdcceb 5001e420 24126ea1' },
  ])('$name', ({ words, expected }) => {
    const [c0, c1, c2, c3, k0, k1] = words as [number, number, number, number, number, number];
    const out = new Uint32Array(4);
    philox4x32(out, k0, k1, c0, c1, c2, c3);
    expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(expected);
  });

  test('the class puts block, section and address where the documentation says', () => {
    const out = new Uint32Array(4);
    philox4x32(out, 7, Stream.order, 1, 3, 5, 2);
    const random = new Philox(7, Stream.order, 2 * 2 ** 32 + 5, 3);
    for (let i = 0; i < 4; i++) random.uint32();
    expect([0, 1, 2, 3].map(() => random.uint32())).toEqual([...out]);
  });
});

describe('streams', () => {
  test('seed, stream, address and section each give other numbers', () => {
    const firsts = [
      new Philox(1, Stream.init),
      new Philox(2, Stream.init),
      new Philox(2 ** 32 - 1, Stream.init),
      ...Object.values(Stream)
        .slice(1)
        .map((stream) => new Philox(1, stream)),
      new Philox(1, Stream.init, 1),
      new Philox(1, Stream.init, 2 ** 32),
      new Philox(1, Stream.init, 0, 1),
    ].map((random) => `${random.uint32()} ${random.uint32()}`);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test('streams are uncorrelated', () => {
    const n = 100_000;
    const columns = [Stream.dataTrain, Stream.dataValid].map((stream) => {
      const out = new Float32Array(n);
      new Philox(1, stream).fillUniform(out);
      return out;
    });
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (columns[0]![i]! - 0.5) * (columns[1]![i]! - 0.5);
    // The correlation of independent uniforms has standard deviation 1/sqrt(n).
    expect(Math.abs((sum / n) * 12)).toBeLessThan(5 / Math.sqrt(n));
  });
});

describe('distributions', () => {
  test('uniforms lie in [0, 1) with the right mean, variance and cell counts', () => {
    const n = 1_000_000;
    const out = new Float32Array(n);
    new Philox(3, Stream.dataTrain).fillUniform(out);
    const cells = new Float64Array(100);
    let sum = 0;
    let squares = 0;
    let outside = 0;
    for (const value of out) {
      if (!(value >= 0 && value < 1)) outside += 1;
      cells[Math.floor(value * 100)]! += 1;
      sum += value;
      squares += (value - 0.5) ** 2;
    }
    expect(outside).toBe(0);
    expect(Math.abs(sum / n - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n));
    expect(Math.abs(squares / n - 1 / 12)).toBeLessThan((5 * Math.sqrt(1 / 180)) / Math.sqrt(n));
    const chiSquare = cells.reduce((total, count) => total + (count - n / 100) ** 2 / (n / 100), 0);
    // 99 degrees of freedom: mean 99, standard deviation sqrt(198).
    expect(Math.abs(chiSquare - 99)).toBeLessThan(5 * Math.sqrt(198));
  });

  test('uniformAt reads what fillUniform writes and keeps the position', () => {
    const out = new Float32Array(23);
    const random = new Philox(9, Stream.dataTest, 17);
    random.fillUniform(out);
    expect(out.map((_, i) => random.uniformAt(i))).toEqual(out);
    const reader = new Philox(9, Stream.dataTest, 17);
    const other = new Philox(9, Stream.dataTest, 17);
    for (let i = 0; i < 9; i++) {
      reader.uniformAt(i * 3);
      expect(reader.uint32()).toBe(other.uint32());
    }
  });

  test('fillUniform fills a range only, the same wherever it lies', () => {
    const whole = new Float32Array(20);
    const part = new Float32Array(20);
    new Philox(1, Stream.dataTrain).fillUniform(whole, 0, 10);
    new Philox(1, Stream.dataTrain).fillUniform(part, 7, 17);
    expect(part.subarray(7, 17)).toEqual(whole.subarray(0, 10));
    expect([...part.subarray(0, 7), ...part.subarray(17)].every((value) => value === 0)).toBe(true);
  });

  test('normals have mean 0 and the standard deviation asked for', () => {
    const n = 1_000_001;
    const out = new Float32Array(n);
    new Philox(3, Stream.init).fillNormal(out, 2);
    const mean = out.reduce((sum, value) => sum + value, 0) / n;
    const variance = out.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan((5 * 2) / Math.sqrt(n));
    expect(Math.abs(Math.sqrt(variance) - 2)).toBeLessThan((5 * 2) / Math.sqrt(2 * n));
    const beyond = out.reduce((count, value) => count + (Math.abs(value) > 4 ? 1 : 0), 0) / n;
    expect(Math.abs(beyond - 0.0455)).toBeLessThan(5 * Math.sqrt(0.0455 / n));
  });

  test('below is uniform on 0..n-1', () => {
    const random = new Philox(5, Stream.order);
    const counts = new Float64Array(7);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000));
    expect(random.below(1)).toBe(0);
  });

  test('a permutation holds every number once; all 6 orders of 3 are equally frequent', () => {
    expect([...permutation(new Philox(1, Stream.permutation), 784)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 784 }, (_, i) => i),
    );
    const seen = new Map<string, number>();
    for (let address = 0; address < 6_000; address++) {
      const key = permutation(new Philox(1, Stream.permutation, address), 3).join('');
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(5 * Math.sqrt(1_000));
  });
});
