import { type Audio, AudioError, pcm16 } from './pcm.ts';

/**
 * Parses a NIST SPHERE file: "NIST_1A", the header's size, lines of `key -type value` up to `end_head`, then samples.
 * Throws AudioError.
 */
export function parseSphere(bytes: Uint8Array): Audio {
  const start = latin1(bytes.subarray(0, 16));
  const headerBytes = Number(start.split('\n')[1]);
  if (!(headerBytes >= 16)) throw new AudioError('a SPHERE file that does not give the size of its header');
  if (bytes.length < headerBytes) {
    throw new AudioError(
      `truncated: expected a SPHERE header of ${headerBytes} bytes, found ${bytes.length}`,
    );
  }
  const fields = parseFields(latin1(bytes.subarray(16, headerBytes)));
  requireLinearPcm(fields);
  const count = integer(fields, 'sample_count');
  const littleEndian = fields.get('sample_byte_format') !== '10';
  return {
    sampleRate: integer(fields, 'sample_rate'),
    samples: pcm16(bytes, headerBytes, count, littleEndian),
  };
}

function parseFields(header: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of header.split('\n')) {
    if (line.trim() === 'end_head') return fields;
    const match = /^(\S+) -(?:i|r|s\d+) (.*)$/.exec(line);
    if (match) fields.set(match[1]!, match[2]!.trim());
  }
  throw new AudioError('a SPHERE header without end_head');
}

function requireLinearPcm(fields: ReadonlyMap<string, string>): void {
  const coding = fields.get('sample_coding') ?? 'pcm';
  if (coding.includes('shorten')) {
    throw new AudioError('compressed with shorten; decompress it first: sph2pipe -p -f rif IN.WAV OUT.WAV');
  }
  if (coding !== 'pcm') throw new AudioError(`expected sample_coding pcm, found ${coding}`);
  const channels = integer(fields, 'channel_count');
  if (channels !== 1) throw new AudioError(`expected one channel, found channel_count ${channels}`);
  const width = integer(fields, 'sample_n_bytes');
  if (width !== 2) throw new AudioError(`expected samples of 2 bytes, found sample_n_bytes ${width}`);
  const order = fields.get('sample_byte_format') ?? '01';
  if (order !== '01' && order !== '10') {
    throw new AudioError(`expected sample_byte_format 01 or 10, found ${order}`);
  }
}

function integer(fields: ReadonlyMap<string, string>, key: string): number {
  const value = Number(fields.get(key));
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new AudioError(
      `expected a SPHERE header with an integer ${key}, found ${fields.get(key) ?? 'none'}`,
    );
  }
  return value;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
