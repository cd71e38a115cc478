import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32c } from '../../src/training/event-records.ts';

it.each([
  ['', 0],
  ['123456789', 0xe3069283],
  ['The quick brown fox jumps over the lazy dog', 0x22620404],
])('of "%s"', (text, checksum) => {
  expect(crc32c(Buffer.from(text))).toBe(checksum);
});

// RFC 3720, appendix B.4.
it.each([
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
])('of %s', (_, data, checksum) => {
  expect(crc32c(data)).toBe(checksum);
});

it('changes with any flipped bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), fc.nat(7), (data, at, bit) => {
      const flipped = Uint8Array.from(data);
      flipped[at % data.length]! ^= 1 << bit;
      expect(crc32c(flipped)).not.toBe(crc32c(data));
    }),
  );
});
