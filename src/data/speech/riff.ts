import { type Audio, AudioError, pcm16 } from './pcm.ts';

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

/** The sample rate, once it is sure that the format is the one we read. */
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
