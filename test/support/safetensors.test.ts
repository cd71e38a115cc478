import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readSafetensors,
  SafetensorsError,
  type StoredTensor,
  safetensorsParts,
  type TensorFile,
} from '../../src/support/safetensors.ts';

const shapes = fc.array(fc.nat(4), { maxLength: 3 });
const tensors: fc.Arbitrary<StoredTensor> = shapes.chain((shape) => {
  const length = shape.reduce((a, b) => a * b, 1);
  const size = { minLength: length, maxLength: length };
  return fc
    .oneof(fc.float32Array(size), fc.float64Array(size), fc.int32Array(size))
    .map((data) => ({ shape, data: data as StoredTensor['data'] }));
});
const names = fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__');
const files = fc.record({
  tensors: fc
    .uniqueArray(fc.tuple(names, tensors), { selector: ([name]) => name, maxLength: 6 })
    .map((e) => new Map(e)),
  metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
});

describe('safetensors', () => {
  it('reads back exactly what it wrote', () => {
    fc.assert(
      fc.property(files, (file) => {
        const { tensors: found, metadata } = decode(encode(file));
        expect(metadata).toEqual(file.metadata);
        expect([...found.keys()].sort()).toEqual([...file.tensors.keys()].sort());
        for (const [name, { shape, data }] of file.tensors) {
          expect(found.get(name)!.shape).toEqual(shape);
          expect(bytesOf(found.get(name)!.data)).toEqual(bytesOf(data));
        }
      }),
    );
  });

  it('writes the documented layout', () => {
    const file = encode({
      tensors: new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]]),
      metadata: {},
    });
    const headerBytes = Number(Buffer.from(file).readBigUInt64LE(0));
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(Buffer.from(file).toString('utf8', 8, 8 + headerBytes))).toEqual({
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect([...file.slice(8 + headerBytes)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  it('refuses every truncation', () => {
    const file = encode({
      tensors: new Map<string, StoredTensor>([
        ['a', { shape: [2, 3], data: new Float32Array(6) }],
        ['b', { shape: [1], data: new Float64Array(1) }],
      ]),
      metadata: { format: 'pt' },
    });
    for (let length = 0; length < file.length; length++) {
      expect(() => decode(file.slice(0, length))).toThrow(SafetensorsError);
    }
  });

  it.each([
    ['an unknown type', '{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4, /unknown type F16/],
    ['a negative size', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4, /invalid shape/],
    ['a size that differs', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4, /differ in size/],
    ['a hole', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8, /overlap or leave a hole/],
    ['bytes left over', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 8, /does not end with/],
    ['an end past the file', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 4, /past the end/],
    ['a list for a header', '[1]', 0, /not a JSON object/],
    ['broken JSON', '{"a":', 0, /not valid JSON/],
    ['metadata that is no text', '{"__metadata__":{"x":1}}', 0, /not a string/],
  ])('refuses %s', (_, header, dataBytes, message) => {
    const file = Buffer.alloc(8 + header.length + dataBytes);
    file.writeBigUInt64LE(BigInt(header.length));
    file.write(header, 8);
    expect(() => decode(file)).toThrow(message);
  });
});

function encode(file: TensorFile): Uint8Array {
  return Buffer.concat(safetensorsParts(file));
}

function decode(file: Uint8Array): TensorFile {
  return readSafetensors({
    length: file.length,
    read: (begin, end) => new Uint8Array(file.subarray(begin, end)),
  });
}

function bytesOf(data: StoredTensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
