import type { ByteSource } from './file-bytes.ts';

/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header, then the tensors' bytes.
 * https://github.com/huggingface/safetensors (README, "Format"). Reader and writer for F32, F64 and I32.
 */

export interface StoredTensor {
  readonly shape: readonly number[];
  /** Row-major; a Float32Array is stored as F32, a Float64Array as F64, an Int32Array as I32. */
  readonly data: Float32Array | Float64Array | Int32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes are not a valid safetensors file. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

const MAX_HEADER_BYTES = 100_000_000;
const ALIGNMENT = 8;
const TYPES = {
  F32: { bytes: 4, create: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  F64: { bytes: 8, create: (buffer: ArrayBuffer) => new Float64Array(buffer) },
  I32: { bytes: 4, create: (buffer: ArrayBuffer) => new Int32Array(buffer) },
} as const;

/**
 * A file's bytes in parts, the header first and then a view of each tensor: nothing is copied, so that tensors may be
 * larger together than one array can be. Wider types come first, so that every tensor is aligned, and otherwise
 * the map's order is kept. The same input always gives the same bytes.
 */
export function safetensorsParts({ tensors, metadata }: TensorFile): Uint8Array[] {
  const wide = [...tensors].filter(([, { data }]) => data instanceof Float64Array);
  const narrow = [...tensors].filter(([, { data }]) => !(data instanceof Float64Array));
  const inOrder = [...wide, ...narrow];
  // A null prototype, so that any name is allowed for a tensor.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of inOrder) {
    if (name === '__metadata__') throw new SafetensorsError('a tensor cannot be called __metadata__');
    if (elements(shape) !== data.length) throw new SafetensorsError(`${name}: shape and data differ in size`);
    const dtype = typeOf(data);
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const views = inOrder.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return [headerPart(JSON.stringify(header)), ...views];
}

function typeOf(data: StoredTensor['data']): keyof typeof TYPES {
  if (data instanceof Float64Array) return 'F64';
  return data instanceof Int32Array ? 'I32' : 'F32';
}

function headerPart(json: string): Uint8Array {
  const jsonBytes = Buffer.byteLength(json);
  const headerBytes = Math.ceil(jsonBytes / ALIGNMENT) * ALIGNMENT;
  const part = Buffer.alloc(8 + headerBytes, ' ');
  part.writeBigUInt64LE(BigInt(headerBytes));
  part.write(json, 8);
  return part;
}

/** Reads and checks a file: every byte of the data must belong to exactly one tensor. Throws SafetensorsError. */
export function readSafetensors(source: ByteSource): TensorFile {
  if (source.length < 8) throw new SafetensorsError('shorter than its header length');
  const headerBytes = new DataView(source.read(0, 8).buffer).getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, source.length - 8))) {
    throw new SafetensorsError('the header is cut off');
  }
  const dataStart = 8 + Number(headerBytes);
  const dataBytes = source.length - dataStart;
  const metadata: Record<string, string> = Object.create(null);
  const tensors = new Map<string, StoredTensor>();
  const ranges: [begin: number, end: number][] = [];
  for (const [name, entry] of parseHeader(source.read(8, dataStart))) {
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries(requireObject(entry, name))) {
        if (typeof value !== 'string') throw new SafetensorsError(`metadata ${key} is not a string`);
        metadata[key] = value;
      }
      continue;
    }
    const { dtype, shape, begin, end } = parseEntry(name, entry);
    if (end > dataBytes) throw new SafetensorsError(`${name} reaches past the end of the file`);
    ranges.push([begin, end]);
    tensors.set(name, {
      shape,
      data: TYPES[dtype].create(source.read(dataStart + begin, dataStart + end).buffer),
    });
  }
  requireFullCover(ranges, dataBytes);
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): [string, unknown][] {
  if (bytes[0] !== '{'.charCodeAt(0)) throw new SafetensorsError('the header is not a JSON object');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new SafetensorsError('the header is not valid JSON');
  }
  return Object.entries(requireObject(parsed, 'header'));
}

function parseEntry(name: string, entry: unknown) {
  const { dtype, shape, data_offsets: offsets } = requireObject(entry, name);
  if (dtype !== 'F32' && dtype !== 'F64' && dtype !== 'I32')
    throw new SafetensorsError(`${name} has unknown type ${String(dtype)}`);
  if (!isSizes(shape)) throw new SafetensorsError(`${name} has an invalid shape`);
  if (!isSizes(offsets) || offsets.length !== 2) throw new SafetensorsError(`${name} has invalid offsets`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== elements(shape) * TYPES[dtype].bytes) {
    throw new SafetensorsError(`${name}: shape and offsets differ in size`);
  }
  return { dtype, shape, begin, end } as const;
}

function requireFullCover(ranges: [number, number][], bytes: number): void {
  let covered = 0;
  for (const [begin, end] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (begin !== covered) throw new SafetensorsError('tensors overlap or leave a hole');
    covered = end;
  }
  if (covered !== bytes) throw new SafetensorsError('the data does not end with the last tensor');
}

function requireObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SafetensorsError(`${name} is not an object`);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
