import { describe, expect, test } from 'vitest';
import { parseAudio, readAudio } from '../../../src/data/speech/audio.ts';
import { ExitCode, UserError } from '../../../src/support/errors.ts';
import { riff, sphere, tone } from './corpus-files.ts';

const samples = tone(1000);

test.each([
  ['SPHERE', sphere(samples)],
  ['SPHERE, big-endian', sphere(samples, { sample_byte_format: '10' })],
  ['RIFF, with a chunk of odd size', riff(samples)],
])('%s', (_, bytes) => {
  expect(parseAudio('x', bytes)).toEqual({ sampleRate: 16_000, samples });
  // Bytes need not begin at an even address.
  const shifted = Buffer.concat([Buffer.from('-'), bytes]).subarray(1);
  expect(parseAudio('x', shifted).samples).toEqual(samples);
});

test('RIFF in the extensible format', () => {
  const bytes = riff(samples);
  const format = Buffer.alloc(8 + 40);
  bytes.copy(format, 0, 12, 12 + 24);
  format.writeUInt32LE(40, 4);
  format.writeUInt16LE(0xfffe, 8);
  format.writeUInt16LE(1, 8 + 24);
  const extensible = Buffer.concat([bytes.subarray(0, 12), format, bytes.subarray(12 + 24)]);
  expect(parseAudio('x', extensible).samples).toEqual(samples);
});

describe('refuses', () => {
  const problem = (bytes: Uint8Array): string => {
    try {
      parseAudio('FILE', bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).exitCode).toBe(ExitCode.badData);
      return (error as UserError).message;
    }
    throw new Error('accepted');
  };

  test.each([
    ['an empty file', Buffer.alloc(0), 'found an empty file'],
    ['another format', Buffer.from('OggS and more'), 'found a file that begins with "OggS and'],
    ['FLAC', Buffer.from('fLaC and more'), 'flac -d'],
    [
      'a SPHERE header cut short',
      sphere(samples).subarray(0, 500),
      'truncated: expected a SPHERE header of 1024',
    ],
    ['SPHERE cut short', sphere(samples).subarray(0, 2000), 'announces 1000 samples (2000 bytes), found 976'],
    ['RIFF cut short', riff(samples).subarray(0, 1000), 'announces 1000 samples (2000 bytes), found 944'],
    ['RIFF without data', riff(samples).subarray(0, 40), 'truncated: a RIFF file without a "data" chunk'],
    ['shorten', sphere(samples, { sample_coding: 'pcm,embedded-shorten-v2.00' }), 'compressed with shorten'],
    ['mu-law', sphere(samples, { sample_coding: 'ulaw' }), 'expected sample_coding pcm, found ulaw'],
    ['two channels in SPHERE', sphere(samples, { channel_count: 2 }), 'found channel_count 2'],
    ['bytes in SPHERE', sphere(samples, { sample_n_bytes: 1 }), 'found sample_n_bytes 1'],
    ['an odd byte order', sphere(samples, { sample_byte_format: '12' }), 'found 12'],
    ['a negative count', sphere(samples, { sample_count: -1 }), 'an integer sample_count, found -1'],
    ['two channels in RIFF', riff(samples, { channels: 2 }), 'found 2 of 16 bits in format 1'],
    ['floats', riff(samples, { format: 3, bits: 32 }), 'found 1 of 32 bits in format 3'],
  ])('%s', (_, bytes, message) => {
    expect(problem(bytes)).toContain(`FILE: `);
    expect(problem(bytes)).toContain(message);
  });

  test('every truncation', () => {
    for (const whole of [sphere(samples), riff(samples)])
      for (let length = 0; length < whole.length - 1; length += 13)
        expect(problem(whole.subarray(0, length))).toMatch(/^FILE: /);
  });
});

test('a file that is not there', () => {
  expect(() => readAudio('/no/such/file.wav')).toThrow(
    expect.objectContaining({ exitCode: ExitCode.missingInput }),
  );
});
