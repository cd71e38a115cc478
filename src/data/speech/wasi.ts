/**
 * Just enough of WASI (preview 1) to run a program that reads its arguments, prints, and writes files: these live
 * in memory, and its clock stands still. Node's own node:wasi needs real files, and crashed after some forty runs in
 * one process.
 */

export interface WasiResult {
  readonly stdout: string;
  /** What it wrote, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
/** The one folder that the program may open files in; files get the numbers after it. */
const ROOT = 3;
const [CHARACTER_DEVICE, DIRECTORY, REGULAR_FILE] = [2, 3, 4];
const ALL_RIGHTS = 2n ** 64n - 1n;

/** Runs a program with these arguments, the first of which is its name. Throws Error when it does not end with exit code 0. */
export function runWasi(module: WebAssembly.Module, argv: readonly string[]): WasiResult {
  const process = new Process(argv);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: process.imports });
  process.memory = instance.exports.memory as WebAssembly.Memory;
  try {
    (instance.exports._start as () => void)();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.code !== 0)
      throw new Error(`${argv[0]} ended with exit code ${error.code}: ${process.printed()}`);
  }
  return { stdout: process.printed(), files: process.written() };
}

class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit code ${code}`);
  }
}

/** A file that grows as it is written. */
class MemoryFile {
  #bytes = new Uint8Array(2 ** 16);
  #size = 0;
  #position = 0;

  write(data: Uint8Array): void {
    const end = this.#position + data.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(data, this.#position);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
  }

  /** Moves from the beginning (0), the current position (1) or the end (2). */
  seek(offset: number, whence: number): number {
    this.#position = offset + ([0, this.#position, this.#size][whence] ?? 0);
    return this.#position;
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }
}

class Process {
  memory!: WebAssembly.Memory;
  readonly #argv: readonly Uint8Array[];
  readonly #output = new MemoryFile();
  readonly #files = new Map<string, MemoryFile>();
  readonly #open: (MemoryFile | null)[] = [null, this.#output, this.#output, null];

  constructor(argv: readonly string[]) {
    this.#argv = argv.map((argument) => Buffer.from(`${argument}\0`));
  }

  printed(): string {
    return Buffer.from(this.#output.content()).toString();
  }

  written(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#files].map(([name, file]) => [name, file.content()]));
  }

  /** The functions that the program calls; they return 0 or an error number, and results through pointers. */
  readonly imports = {
    args_sizes_get: (count: number, bytes: number) => {
      this.#view.setUint32(count, this.#argv.length, true);
      this.#view.setUint32(
        bytes,
        this.#argv.reduce((sum, argument) => sum + argument.length, 0),
        true,
      );
      return SUCCESS;
    },
    args_get: (pointers: number, text: number) => {
      for (const [i, argument] of this.#argv.entries()) {
        this.#view.setUint32(pointers + 4 * i, text, true);
        this.#bytes(text, argument.length).set(argument);
        text += argument.length;
      }
      return SUCCESS;
    },
    clock_time_get: (_clock: number, _precision: bigint, time: number) => {
      this.#view.setBigUint64(time, 0n, true);
      return SUCCESS;
    },
    fd_prestat_get: (descriptor: number, result: number) => {
      if (descriptor !== ROOT) return BAD_DESCRIPTOR;
      this.#view.setUint32(result, 0, true);
      this.#view.setUint32(result + 4, 1, true); // the length of its name
      return SUCCESS;
    },
    fd_prestat_dir_name: (_descriptor: number, name: number) => {
      this.#bytes(name, 1).set(Buffer.from('/'));
      return SUCCESS;
    },
    fd_fdstat_get: (descriptor: number, result: number) => {
      const kind = descriptor < ROOT ? CHARACTER_DEVICE : descriptor === ROOT ? DIRECTORY : REGULAR_FILE;
      this.#view.setUint32(result, kind!, true);
      this.#view.setBigUint64(result + 8, ALL_RIGHTS, true);
      this.#view.setBigUint64(result + 16, ALL_RIGHTS, true);
      return SUCCESS;
    },
    fd_fdstat_set_flags: () => SUCCESS,
    path_open: (
      ...args: readonly [number, number, number, number, number, bigint, bigint, number, number]
    ) => {
      const [, , name, length, , , , , result] = args;
      const file = new MemoryFile();
      this.#files.set(Buffer.from(this.#bytes(name, length)).toString(), file);
      this.#view.setUint32(result, this.#open.push(file) - 1, true);
      return SUCCESS;
    },
    fd_read: () => BAD_DESCRIPTOR,
    fd_write: (descriptor: number, vectors: number, count: number, result: number) => {
      const file = this.#open[descriptor];
      if (!file) return BAD_DESCRIPTOR;
      let total = 0;
      for (let i = 0; i < count; i++) {
        const from = this.#view.getUint32(vectors + 8 * i, true);
        const length = this.#view.getUint32(vectors + 8 * i + 4, true);
        file.write(this.#bytes(from, length));
        total += length;
      }
      this.#view.setUint32(result, total, true);
      return SUCCESS;
    },
    fd_seek: (descriptor: number, offset: bigint, whence: number, result: number) => {
      const file = descriptor > ROOT ? this.#open[descriptor] : null;
      if (!file) return BAD_DESCRIPTOR;
      this.#view.setBigUint64(result, BigInt(file.seek(Number(offset), whence)), true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    proc_exit: (code: number) => {
      throw new Exit(code);
    },
  };

  /** Made anew at every use: when memory grows, older views of it are dead. */
  get #view(): DataView {
    return new DataView(this.memory.buffer);
  }

  #bytes(from: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, from, length);
  }
}
