import { arch, cpus } from 'node:os';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { Engine, EngineInfo } from '../engine.ts';
import { type InstructionSet, loadAddon, type NativeAddon } from './addon.ts';
import { NativeTrainer } from './trainer.ts';

/** EngineInfo.numerics of each instruction set. */
const numerics = { avx512: 1, avx2: 1, sse2: 1, neon: 1 } satisfies Record<InstructionSet, number>;

/** This program's numerics version of a set of kernels, on whatever machine; null of a set that it does not have. */
export function numericsVersion(engine: string, instructionSet: string): number | null {
  return engine === 'native' ? ((numerics as Record<string, number>)[instructionSet] ?? null) : null;
}

export interface NativeOptions {
  /** `auto` takes the fastest that the processor has. */
  readonly instructionSet: 'auto' | InstructionSet;
  /** Threads that share a training step (default 1). Results are the same bits for any number. */
  readonly threads?: number;
}

export interface NativeAvailability {
  readonly available: boolean;
  /** Why not, when it is not. */
  readonly reason?: string;
  /** What this processor can execute, fastest first. */
  readonly instructionSets: readonly InstructionSet[];
}

/** Whether the native engine is built and loads, for `doctor`. */
export function nativeAvailability(): NativeAvailability {
  try {
    return { available: true, instructionSets: loadAddon().instructionSets() };
  } catch (error) {
    return { available: false, reason: firstLine(error), instructionSets: [] };
  }
}

/** The engine over the C++ kernels. Throws UserError (69) when it is not built or the processor lacks the set. */
export function loadNativeEngine(options: NativeOptions): Engine {
  const addon = requireAddon();
  const available = addon.instructionSets();
  const wanted = options.instructionSet === 'auto' ? available[0]! : options.instructionSet;
  if (!available.includes(wanted)) {
    throw new UserError(
      ExitCode.unavailable,
      `this processor cannot execute ${wanted} kernels; it has ${available.join(', ')}.\n` +
        'Set engine.instruction_set to one of these, or to auto.',
    );
  }
  const info: EngineInfo = {
    engine: 'native',
    device: cpus()[0]?.model.trim() || arch(),
    instructionSet: wanted,
    numerics: numerics[wanted],
    threads: options.threads ?? 1,
    versions: { node: process.versions.node },
  };
  return { info, create: (trainerOptions) => new NativeTrainer(addon, info, trainerOptions) };
}

/** One core's multiply-add peak with these kernels, in operations a second: the best of many bursts within `seconds`. */
export function measurePeak(instructionSet: string, seconds: number): number {
  return requireAddon().peakFlops(instructionSet, seconds);
}

function requireAddon(): NativeAddon {
  try {
    return loadAddon();
  } catch (error) {
    throw new UserError(
      ExitCode.unavailable,
      `the native engine is not available: ${firstLine(error)}\n` +
        'Install g++ and make, then run `npm run build:native`; or use `--engine reference` (slow).',
      { cause: error },
    );
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
