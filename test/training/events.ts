import { readFileSync } from 'node:fs';
import { crc32c } from '../../src/training/event-records.ts';

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly version: string | null;
  readonly sessionStart: boolean;
  readonly scalars: ReadonlyMap<string, number>;
}

/** Reads an event file as a protocol buffer reader would: fields by number, in any order, unknown ones skipped. */
export function readEvents(path: string): ReadEvent[] {
  return decodeEvents(readFileSync(path));
}

export function decodeEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    if (file.readUInt32LE(at + 8) !== masked(file.subarray(at, at + 8)))
      throw new Error('bad length checksum');
    if (file.readUInt32LE(at + 12 + length) !== masked(data)) throw new Error('bad data checksum');
    events.push(decodeEvent(data));
    at += 16 + length;
  }
  return events;
}

/** Undoes nothing: applies the mask of TFRecord, written here in 64-bit arithmetic. */
function masked(data: Uint8Array): number {
  const crc = BigInt(crc32c(data));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

function decodeEvent(data: Buffer): ReadEvent {
  const fields = decodeFields(data);
  const bytes = (field: number) => fields.get(field)?.[0] as Buffer | undefined;
  const summary = bytes(5);
  const session = bytes(7);
  const values = summary ? ((decodeFields(summary).get(1) ?? []) as Buffer[]) : [];
  return {
    wallTime: bytes(1)!.readDoubleLE(0),
    step: Number(fields.get(2)?.[0] ?? 0),
    version: bytes(3)?.toString() ?? null,
    sessionStart: session !== undefined && decodeFields(session).get(1)?.[0] === 1,
    scalars: new Map(
      values.map((value) => {
        const inner = decodeFields(value);
        return [String(inner.get(1)![0]), (inner.get(2)![0] as Buffer).readFloatLE(0)] as const;
      }),
    ),
  };
}

function decodeFields(data: Buffer): Map<number, (number | Buffer)[]> {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < data.length) {
    const key = varint();
    const [field, type] = [key >> 3, key & 7];
    let value: number | Buffer;
    if (type === 0) value = varint();
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : varint();
      value = data.subarray(at, at + length);
      at += length;
    }
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}
