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
