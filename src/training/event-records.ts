import { crc32c } from '../support/crc32c.ts';

/**
 * What TensorBoard reads: records of TensorFlow's TFRecord format (length and data, each with a masked CRC-32C),
 * each with one serialised `Event` (tensorflow/core/util/event.proto).
 */

export interface Scalar {
  readonly tag: string;
  /** Stored as float32; NaN and Infinity are kept. */
  readonly value: number;
}

/** The record that every file begins with. */
export function versionRecord(wallTime: number): Uint8Array {
  return record(event(wallTime, 0, bytesField(3, Buffer.from('brain.Event:2'))));
}

/** Tells a reader to forget points from `step` on that it has seen: a session begins. */
export function startRecord(wallTime: number, step: number): Uint8Array {
  const START = 1;
  return record(event(wallTime, step, bytesField(7, intField(1, START))));
}

/** Scalars at a step, at `wallTime` in seconds since 1970. */
export function scalarsRecord(wallTime: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const values = scalars.map(({ tag, value }) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), floatField(2, value)])),
  );
  return record(event(wallTime, step, bytesField(5, Buffer.concat(values))));
}

function record(data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

/** Checksums stored among the data they protect are rotated and shifted, as in TFRecord's definition. */
function maskedCrc(data: Uint8Array): Uint8Array {
  const crc = crc32c(data);
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(masked);
  return bytes;
}

function event(wallTime: number, step: number, what: Uint8Array): Uint8Array {
  return Buffer.concat([doubleField(1, wallTime), intField(2, step), what]);
}

/** Protocol buffer wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function key(field: number, type: number): Uint8Array {
  return varint(field * 8 + type);
}

/** A non-negative integer below 2^53. */
function intField(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, VARINT), varint(value)]);
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, FIXED64), bytes]);
}

function floatField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, FIXED32), bytes]);
}

function bytesField(field: number, data: Uint8Array): Uint8Array {
  return Buffer.concat([key(field, BYTES), varint(data.length), data]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}
