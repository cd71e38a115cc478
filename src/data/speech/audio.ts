import { ExitCode, UserError } from '../../support/errors.ts';
import { readRegular } from '../../support/regular-file.ts';
import { type Audio, AudioError, parseRiff, parseSphere } from './audio-formats.ts';

/**
 * Reads a NIST SPHERE or RIFF WAVE file, told apart by their first bytes, whatever the file is called.
 * Throws UserError: 66 when the file cannot be read, 65 naming the file when it is not mono 16-bit PCM in full.
 */
export function readAudio(file: string): Audio {
  return parseAudio(file, readBytes(file));
}

/** As `readAudio`, from the bytes of a file. */
export function parseAudio(file: string, bytes: Uint8Array): Audio {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12)).toString('latin1');
  try {
    if (text.startsWith('NIST_1A')) return parseSphere(bytes);
    if (text.startsWith('RIFF') && text.endsWith('WAVE')) return parseRiff(bytes);
    const found = text.startsWith('fLaC') ? 'a FLAC file: decode it with "flac -d"' : describeStart(text);
    throw new AudioError(`expected NIST SPHERE or RIFF WAVE audio, found ${found}`);
  } catch (error) {
    if (!(error instanceof AudioError)) throw error;
    throw new UserError(ExitCode.badData, `${file}: ${error.message}`, { cause: error });
  }
}

/** The whole file. Throws UserError (66) when it cannot be read. */
export function readBytes(file: string): Uint8Array {
  try {
    return readRegular(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(ExitCode.missingInput, `${file}: cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
}

function describeStart(text: string): string {
  return text === '' ? 'an empty file' : `a file that begins with ${JSON.stringify(text.slice(0, 8))}`;
}
