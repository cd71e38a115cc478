import type { TextSplit } from './text-settings.ts';

/** Text as it was found, before any vocabulary. */
export interface TextSource {
  /** Where it is, for messages. */
  readonly path: string;
  /** What tells this text from a changed one without reading it: names, sizes and times of its files. */
  readonly fingerprint: readonly string[];
  /** Bytes that `files` reads from the disk, for a progress bar. */
  readonly bytes: number;
  /**
   * The files, each to be read, or not, before the next one is asked for. The order may be the disk's or an archive's.
   * `onBytes` hears how many bytes came from the disk.
   */
  files(onBytes: (count: number) => void): AsyncIterable<TextFile>;
  /** Hashes of what `files` has read to its end. */
  hashes(): readonly FileHash[];
}

export interface TextFile {
  readonly split: TextSplit;
  /** For messages, and to put the files of a split in order. */
  readonly path: string;
  /**
   * Sentences, one a line, tokens set apart by spaces; in batches.
   * Throws UserError (65) for what is not text, naming file and line.
   */
  lines(): AsyncIterable<readonly string[]>;
}

export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether it is known to be the published file, bit for bit; null where nothing is known. */
  readonly original: boolean | null;
}
