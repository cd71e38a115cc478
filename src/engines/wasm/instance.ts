import type { KernelAddon } from '../kernels/engine.ts';
import { Napi, type NapiExports } from './napi.ts';

/** EngineInfo.numerics. WebAssembly leaves no choice of rounding, so it is one for all systems and processors. */
export const NUMERICS = 1;
export const INSTRUCTION_SET = 'simd128';

/** errno of WASI: no such file descriptor. */
const BADF = 8;

/** The kernels' functions, in an instance of their own: memory that no other instance shares. Runs in browsers too. */
export function instantiate(module: WebAssembly.Module): KernelAddon {
  const napi = new Napi();
  let memory: WebAssembly.Memory | undefined;
  const noFiles = () => BADF;
  // The C library that is linked in asks for these.
  const wasi_snapshot_preview1 = {
    clock_time_get(_clock: number, _precision: bigint, result: number): number {
      const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
      new DataView(memory!.buffer).setBigUint64(result, nanoseconds, true);
      return 0;
    },
    fd_close: noFiles,
    fd_seek: noFiles,
    fd_write: noFiles,
  };
  const instance = new WebAssembly.Instance(module, { napi: napi.imports, wasi_snapshot_preview1 });
  const exports = instance.exports as unknown as NapiExports;
  memory = exports.memory;
  return napi.register(exports) as KernelAddon;
}
