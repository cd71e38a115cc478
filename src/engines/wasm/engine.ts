import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Engine, EngineInfo } from '../engine.ts';
import { NativeTrainer } from '../native/trainer.ts';
import { instantiate } from './instance.ts';

const modulePath = fileURLToPath(new URL('../../../native/wasm/irnn.wasm', import.meta.url));

let compiled: WebAssembly.Module | undefined;

/** The engine over the same C++ kernels as WebAssembly, which needs neither a compiler nor one system or processor. */
export function loadWasmEngine(): Engine {
  compiled ??= new WebAssembly.Module(readFileSync(modulePath));
  const addon = instantiate(compiled);
  const info: EngineInfo = {
    engine: 'wasm',
    device: cpus()[0]?.model.trim() || arch(),
    instructionSet: 'simd128',
    numerics: 1,
    threads: 1,
    versions: { node: process.versions.node, v8: process.versions.v8 },
  };
  return { info, create: (options) => new NativeTrainer(addon, info, options) };
}
