import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { ExitCode, UserError } from '../../support/errors.ts';
import { packageFile } from '../../support/package.ts';
import type { Engine, EngineInfo } from '../engine.ts';
import { engineOver, type KernelAddon } from '../kernels/engine.ts';
import type { EngineRoom, EngineSettings } from '../room.ts';
import { INSTRUCTION_SET, instantiate, NUMERICS } from './instance.ts';

let instance: KernelAddon | undefined;

/** The engine over the C++ kernels as WebAssembly: nothing to build, and the same bits everywhere. */
export const wasm = {
  load,
  look: () => ({ available: true, gpu: false }),
  examine: () => [{ engine: load(), ok: true, remark: null }],
  pin: () => ({}),
  numerics: (set) => (set === INSTRUCTION_SET ? NUMERICS : null),
  measurePeak: (set, seconds) => kernels().peakFlops(set, seconds),
} satisfies EngineRoom;

/** Throws UserError (78) for more than one thread. */
function load({ threads = 1 }: EngineSettings = {}): Engine {
  if (threads !== 1) {
    throw new UserError(
      ExitCode.badConfig,
      `engine.threads: ${threads}, but the wasm engine has one thread.\n` +
        'Set it to 1, or install g++ and make and run `npm run build:native`.',
    );
  }
  const info: EngineInfo = {
    engine: 'wasm',
    device: cpus()[0]?.model.trim() || arch(),
    instructionSet: INSTRUCTION_SET,
    numerics: NUMERICS,
    threads,
    versions: { node: process.versions.node, v8: process.versions.v8 },
  };
  return engineOver(kernels, info);
}

function kernels(): KernelAddon {
  instance ??= instantiate(new WebAssembly.Module(readFileSync(packageFile('native/wasm/irnn.wasm'))));
  return instance;
}
