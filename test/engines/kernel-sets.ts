/** The engines over the C++ kernels, by instruction set: those of the native engine on this machine, and WebAssembly's. */
import type { Engine } from '../../src/engines/engine.ts';
import { loadNativeEngine, type NativeOptions, nativeAvailability } from '../../src/engines/native/engine.ts';
import { loadWasmEngine } from '../../src/engines/wasm/engine.ts';

const wasm = loadWasmEngine().info.instructionSet;

export const kernelSets: readonly string[] = [...nativeAvailability().instructionSets, wasm];

export function engineOn(set: string, threads = 1): Engine {
  return set === wasm
    ? loadWasmEngine({ threads })
    : loadNativeEngine({ instructionSet: set as NativeOptions['instructionSet'], threads });
}
