/** The engines over the C++ kernels, by instruction set: those of the native engine on this machine, and WebAssembly's. */
import type { Engine } from '../../src/engines/engine.ts';
import type { InstructionSet } from '../../src/engines/kernels/engine.ts';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { wasm as wasmRoom } from '../../src/engines/wasm/engine.ts';

const wasm = wasmRoom.load().info.instructionSet;

export const kernelSets: readonly string[] = [
  ...nativeRoom.kernels().map(({ instructionSet }) => instructionSet),
  wasm,
];

export function engineOn(set: string, threads = 1): Engine {
  return set === wasm
    ? wasmRoom.load({ threads })
    : nativeRoom.load({ instruction_set: set as InstructionSet, threads });
}
