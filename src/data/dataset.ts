/** What was found when all files of a dataset were read. */
export interface Inspection {
  readonly task: string;
  /** The folder it was found in; null for data that is made, or was not found. */
  readonly folder: string | null;
  /** Sizes, in words. */
  readonly summary: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** Whether the files are the original ones, bit for bit; null where there are no originals. */
  readonly original: boolean | null;
}

/** Who watches data being made ready before a run: reading, converting or synthesizing what is then kept. */
export interface Preparation {
  /** This many pieces of work are ahead. */
  begin(what: string, total: number): void;
  /** This many more of them are done. May throw when the process is asked to stop; that ends the preparation. */
  advance(count: number): void;
  end(): void;
  /** Something worth a line: a cache that was damaged. */
  note(message: string): void;
}

export const unwatched: Preparation = { begin() {}, advance() {}, end() {}, note() {} };
