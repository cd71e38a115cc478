/** The native engine's instruction sets on this machine, with amx: emulated, unless IRNN_RUN_EMULATE_AMX=0 tests the real one. */
import type { InstructionSet } from '../../src/engines/kernels/engine.ts';
import { native } from '../../src/engines/native/engine.ts';

process.env.IRNN_RUN_EMULATE_AMX ??= '1';

export const nativeSets = native.kernels().map(({ instructionSet }) => instructionSet as InstructionSet);
/** The fastest whose products are plain float32. */
export const plainSet = nativeSets.find((set) => set !== 'amx')!;

export function engineOn(instruction_set: InstructionSet, threads = 1) {
  return native.load({ instruction_set, threads });
}
