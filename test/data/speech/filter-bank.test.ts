import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deltas } from '../../../src/data/speech/features.ts';
import { BANDS, filterBank, frameCentre, frameCount } from '../../../src/data/speech/filter-bank.ts';

// The known answers are other programs' (kaldi-native-fbank 1.23.0 and torchaudio 2.11.0), written by
//     python test/data/speech/known-answers.py > test/data/speech/known-answers.json
// which says what to install and how the signal is made.
const known = JSON.parse(readFileSync(join(import.meta.dirname, 'known-answers.json'), 'utf8')) as number[][];

const samples = Int16Array.from({ length: 2000 }, (_, i) => {
  const low = Math.abs(((i * 37) % 4000) - 2000);
  const high = Math.abs(((i * 611) % 1000) - 500);
  return low + high + ((i * i * 7919 + i * 104729) % 401) - 1400;
});

/** The largest difference from column `from` on of the known answers. */
function error(values: Float32Array, from: number): number {
  let largest = 0;
  for (const [t, frame] of known.entries())
    for (let band = 0; band < BANDS; band++)
      largest = Math.max(largest, Math.abs(values[t * BANDS + band]! - frame[from + band]!));
  return largest;
}

describe('against other programs', () => {
  const bands = filterBank(samples);
  test('filter banks', () => {
    expect(bands).toHaveLength(known.length * BANDS);
    expect(error(bands, 0)).toBeLessThan(1e-4);
  });
  test('deltas and accelerations', () => {
    const slopes = deltas(bands, BANDS);
    expect(error(slopes, BANDS)).toBeLessThan(1e-4);
    expect(error(deltas(slopes, BANDS), 2 * BANDS)).toBeLessThan(1e-4);
  });
});

test('frames lie in the audio as a whole, and their centres are the middles of their windows', () => {
  expect([0, 399, 400, 559, 560].map(frameCount)).toEqual([0, 0, 1, 1, 2]);
  expect([0, 1].map(frameCentre)).toEqual([200, 360]);
});

test('digital silence is the floor, not minus infinity', () => {
  const bands = filterBank(new Int16Array(400));
  expect(new Set(bands)).toEqual(new Set([Math.fround(Math.log(2 ** -23))]));
});
