import type { ModelConfig } from '../../config/schema.ts';
import type { KernelAddon } from '../kernels/engine.ts';

/**
 * Set to 1, this variable of the environment makes the instruction set `amx` be there on any x86 processor, by emulation:
 * the same bits, tens of times as slow. For tests.
 */
export const EMULATION = 'IRNN_RUN_EMULATE_AMX';

/** Models for which `auto` takes amx rather than avx512: of one of these kinds, with so many units at least. */
interface Shape {
  readonly type: ModelConfig['type'];
  readonly hidden: number;
}

/** From a table measured on the hardware. None has been measured with this code yet, so auto never takes amx. */
const whereAmxPays: readonly Shape[] = [];

export function amxPays(model: ModelConfig): boolean {
  return whereAmxPays.some(({ type, hidden }) => model.type === type && model.hidden >= hidden);
}

export function emulatesAmx(): boolean {
  return process.env[EMULATION] === '1';
}

/** Why the instruction set `amx` cannot be used; null where it can. */
export function amxObstacle(addon: KernelAddon): string | null {
  if (emulatesAmx())
    return addon.instructionSets().includes('amx-emulated') ? null : 'this is no x86 processor';
  return addon.amxObstacle() || null;
}
