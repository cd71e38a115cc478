/**
 * What TensorBoard reads: records of TensorFlow's TFRecord format (length and data, each with a masked CRC-32C),
 * each with one serialised `Event` (tensorflow/core/util/event.proto).
 */

/** Field numbers of `Event`. */
const VERSION = 3;
const SUMMARY = 5;
const SESSION_LOG = 7;

export interface Scalar {
  readonly tag: string;
  /** Stored as float32; NaN and Infinity are kept. */
  readonly value: number;
}

/** The record that every file begins with. */
export function versionRecord(wallTime: number): Uint8Array {
  return record(event(wallTime, 0, bytesField(VERSION, Buffer.from('brain.Event:2'))));
}

/** Tells a reader to forget points from `step` on that it has seen: a session begins. */
export function startRecord(wallTime: number, step: number): Uint8Array {
  const START = 1;
  return record(event(wallTime, step, bytesField(SESSION_LOG, intField(1, START))));
}

/** Scalars at a step, at `wallTime` in seconds since 1970. */
export function scalarsRecord(wallTime: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const values = scalars.map(({ tag, value }) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), floatField(2, value)])),
  );
  return record(event(wallTime, step, bytesField(SUMMARY, Buffer.concat(values))));
}

/** Where a record ends in its file, and what is in it. */
export interface RecordPlace {
  readonly end: number;
  readonly step: number;
  readonly holdsScalars: boolean;
}

/** The complete records of a file that this module's functions wrote, in order. */
export function* recordsIn(file: Uint8Array): Generator<RecordPlace> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let start = 0; start + 12 <= file.length; ) {
    const end = start + 16 + Number(view.getBigUint64(start, true));
    if (end > file.length) return; // cut off by a kill
    // Wall time (9 bytes), then the key and the value of the step, then what the event is.
    let at = start + 12 + 9 + 1;
    let step = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = file[at++]!;
      step += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    yield { end, step, holdsScalars: file[at] === SUMMARY * 8 + BYTES };
    start = end;
  }
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

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4): reflected polynomial 0x82f63b78. zlib's crc32 is another one. */

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** The checksum as an integer in [0, 2^32). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
