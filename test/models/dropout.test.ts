import { describe, expect, test } from 'vitest';
import { dropoutMask, dropoutScale, dropoutThreshold } from '../../src/models/dropout.ts';
import { philox4x32, Stream } from '../../src/support/philox.ts';

const half = { seed: 7, probability: 0.5 };
/** One letter a sequence: dropped or kept. */
const letters = (mask: Float32Array) => [...mask].map((factor) => (factor === 0 ? '.' : 'k')).join('');

// From an implementation in Python that shares nothing with this one
test('known masks: these must never change, or runs would not repeat', () => {
  expect(letters(dropoutMask(half, 0, 0, 0, 1, 32))).toBe('kkkk...kkk..k.kk.kkkkkkkkk..k.k.');
  expect(letters(dropoutMask(half, 123_456_789_012, 3, 77, 2, 12))).toBe('.k..kk..k.kkkkk.kk.k..kk');
  expect(letters(dropoutMask({ seed: 2 ** 32 - 1, probability: 0.1 }, 5, 1, 2, 3, 10))).toBe(
    'k.kkkkkkk.kkkkkkkkk.kkkkkk.kkk',
  );
});

test('a decision is read from the block as documented', () => {
  const [site, t, u, index] = [2, 300, 5, 2 ** 33 + 9];
  const words = new Uint32Array(4);
  const mask = dropoutMask({ seed: 11, probability: 0.3 }, index, site, t, 6, 20);
  for (let b = 0; b < 20; b++) {
    philox4x32(words, 11, Stream.dropout, site * 2 ** 20 + t, u * 2 ** 16 + Math.floor(b / 8), 9, 2);
    const bits = new Uint16Array(words.buffer)[b % 8]!;
    expect(mask[u * 20 + b]).toBe(bits >= Math.round(0.3 * 65_536) ? Math.fround(1 / 0.7) : 0);
  }
});

test('neither the size of the batch nor the number of units matters', () => {
  const large = dropoutMask(half, 4, 1, 2, 5, 20);
  const small = dropoutMask(half, 4, 1, 2, 3, 9);
  for (let u = 0; u < 3; u++) {
    expect(small.slice(u * 9, u * 9 + 9)).toEqual(large.slice(u * 20, u * 20 + 9));
  }
});

describe('every part of the address matters', () => {
  const mask = letters(dropoutMask(half, 4, 1, 2, 8, 16));
  test.each([
    ['seed', dropoutMask({ ...half, seed: 8 }, 4, 1, 2, 8, 16)],
    ['batch', dropoutMask(half, 5, 1, 2, 8, 16)],
    ['site', dropoutMask(half, 4, 2, 2, 8, 16)],
    ['step', dropoutMask(half, 4, 1, 3, 8, 16)],
  ])('%s', (_, other) => {
    const differences = [...letters(other)].filter((letter, i) => letter !== mask[i]).length;
    expect(differences).toBeGreaterThan(32);
  });
});

test.each([0, 0.1, 0.5, 0.9])('p = %f: so many are dropped, and the mean stays 1', (probability) => {
  const mask = dropoutMask({ seed: 1, probability }, 0, 0, 0, 1_000, 100);
  const dropped = mask.filter((factor) => factor === 0).length / mask.length;
  // Five standard deviations
  expect(Math.abs(dropped - probability)).toBeLessThanOrEqual(
    5 * Math.sqrt((probability * (1 - probability)) / 1e5),
  );
  expect(new Set(mask.filter((factor) => factor !== 0))).toEqual(new Set([dropoutScale(probability)]));
});

test('the threshold is rounded', () => {
  expect([0, 1e-6, 0.1, 0.5, 0.999_999].map(dropoutThreshold)).toEqual([0, 0, 6554, 32_768, 65_536]);
});
