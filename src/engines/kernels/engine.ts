/**
 * What the engines over the C++ kernels share, however they reach them: as an addon of Node.js or as WebAssembly. The
 * front of this room: nothing outside imports another of its files.
 */
import type { Engine, EngineInfo } from '../engine.ts';
import { refuseOtherPrecisions } from '../precision.ts';
import type { KernelAddon } from './addon.ts';
import { KernelTrainer } from './trainer.ts';

export type { InstructionSet, KernelAddon } from './addon.ts';

/** The engine over an addon, which may be loaded only when a model is made. `kernels`: their name in the addon. */
export function engineOver(
  addon: () => KernelAddon,
  info: EngineInfo,
  kernels: string = info.instructionSet,
): Engine {
  return {
    info,
    create: (options) => {
      if (info.instructionSet !== 'amx') refuseOtherPrecisions(info, options);
      return new KernelTrainer(addon(), info, kernels, options);
    },
  };
}
