import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { ExitCode, UserError } from '../../support/errors.ts';
import { packageFile } from '../../support/package.ts';
import type { Engine, EngineInfo } from '../engine.ts';
import type { NativeAddon } from '../native/addon.ts';
import { NativeTrainer } from '../native/trainer.ts';
import { instantiate } from './instance.ts';

/** EngineInfo.numerics. WebAssembly leaves no choice of rounding, so it is one for all systems and processors. */
const NUMERICS = 1;
const INSTRUCTION_SET = 'simd128';

let instance: NativeAddon | undefined;

/**
 * The engine over the C++ kernels as WebAssembly: nothing to build, and the same bits everywhere. Throws UserError (78) for
 * more than one thread.
 */
export function loadWasmEngine({ threads = 1 }: { readonly threads?: number } = {}): Engine {
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
  return { info, create: (options) => new NativeTrainer(kernels(), info, options) };
}

/** One core's multiply-add peak with this engine, in operations a second: the best of many bursts within `seconds`. */
export function measureWasmPeak(seconds: number): number {
  return kernels().peakFlops(INSTRUCTION_SET, seconds);
}

function kernels(): NativeAddon {
  instance ??= instantiate(new WebAssembly.Module(readFileSync(packageFile('native/wasm/irnn.wasm'))));
  return instance;
}
