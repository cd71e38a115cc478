/** One channel of 16-bit PCM out of a file, as NIST SPHERE or RIFF WAVE has it. */

/** One channel of linear 16-bit PCM. */
export interface Audio {
  /** Samples a second. */
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

/** What is wrong with an audio file, in words that go behind its name. */
export class AudioError extends Error {
  override readonly name = 'AudioError';
}

/**
 * Samples of 16 bits out of a file's bytes [from, from + count * 2).
 * Throws AudioError when the file ends before them.
 */
function pcm16(bytes: Uint8Array, from: number, count: number, littleEndian = true): Int16Array {
  const present = Math.max(0, bytes.length - from);
  if (present < 2 * count) {
    throw new AudioError(
      `truncated: its header announces ${count} samples (${2 * count} bytes), found ${present} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, 2 * count);
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) samples[i] = view.getInt16(2 * i, littleEndian);
  return samples;
}

const PCM = 1;
/** The format's code is then the first field of the sub-format behind it. */
const EXTENSIBLE = 0xfffe;

/** Parses a RIFF WAVE file: chunks of a name, a size and that many bytes, padded to an even number. Throws AudioError. */
export function parseRiff(bytes: Uint8Array): Audio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sampleRate: number | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === 'fmt ') sampleRate = parseFormat(view, at + 8, size);
    if (name === 'data') {
      if (sampleRate === null) throw new AudioError('a RIFF file without a "fmt " chunk before its data');
      return { sampleRate, samples: pcm16(bytes, at + 8, size >>> 1) };
    }
    at += 8 + size + (size & 1);
  }
  throw new AudioError('truncated: a RIFF file without a "data" chunk');
}

/** Checks that the format is the one we read; returns the sample rate. */
function parseFormat(view: DataView, at: number, size: number): number {
  if (size < 16 || at + size > view.byteLength) throw new AudioError('truncated: a "fmt " chunk cut short');
  let format = view.getUint16(at, true);
  if (format === EXTENSIBLE && size >= 26) format = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  if (format !== PCM || channels !== 1 || bits !== 16) {
    throw new AudioError(
      `expected one channel of 16-bit PCM, found ${channels} of ${bits} bits in format ${format}`,
    );
  }
  return view.getUint32(at + 4, true);
}

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
