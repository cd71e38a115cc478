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
export function pcm16(bytes: Uint8Array, from: number, count: number, littleEndian = true): Int16Array {
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
