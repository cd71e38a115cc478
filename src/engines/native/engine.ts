import { createRequire } from 'node:module';
import { arch, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { Engine, EngineInfo } from '../engine.ts';
import { engineOver, type InstructionSet, type KernelAddon } from '../kernels/engine.ts';
import type { Availability, EngineRoom, EngineSettings, Examination } from '../room.ts';

/** EngineInfo.numerics of each instruction set. */
const numerics = { avx512: 1, avx2: 1, sse2: 1, neon: 1 } satisfies Record<InstructionSet, number>;

/** The engine over the C++ kernels as an addon of Node.js. Results are the same bits for any number of threads. */
export const native = {
  load,
  look,
  examine,
  kernels: () => instructionSets().map((set) => load({ instruction_set: set }).info),
  pin: ({ instructionSet }) => ({ instruction_set: instructionSet as InstructionSet }),
  numerics: (set) => (numerics as Readonly<Record<string, number>>)[set] ?? null,
  measurePeak: (set, seconds) => requireAddon().peakFlops(set, seconds),
} satisfies EngineRoom;

const addonPath = fileURLToPath(new URL('../../../native/build/irnn.node', import.meta.url));

/** Loads the addon from native/build, or throws what Node says about it. */
export function loadAddon(): KernelAddon {
  return createRequire(import.meta.url)(addonPath) as KernelAddon;
}

/** Throws UserError (69) when it is not built or the processor lacks the set; `auto` takes the fastest that it has. */
function load({ instruction_set: set = 'auto', threads = 1 }: EngineSettings = {}): Engine {
  const addon = requireAddon();
  const available = addon.instructionSets();
  const wanted = set === 'auto' ? available[0]! : set;
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
    threads,
    versions: { node: process.versions.node },
  };
  return engineOver(() => addon, info);
}

function look(): Availability {
  try {
    loadAddon();
    return { available: true, gpu: false };
  } catch (error) {
    return { available: false, reason: firstLine(error) };
  }
}

function examine(): Examination[] {
  const found = look();
  if (!found.available) {
    const advice =
      'install g++ and make, then `npm run build:native`; until then wasm is used, some four times as slow';
    return [{ engine: null, ok: null, remark: `${found.reason}; ${advice}` }];
  }
  return instructionSets().map((set, rank) => ({
    engine: load({ instruction_set: set }),
    ok: true,
    remark: rank === 0 ? 'used by default' : null,
  }));
}

/** What this processor can execute, fastest first; none where the engine is not built. */
function instructionSets(): readonly InstructionSet[] {
  return look().available ? loadAddon().instructionSets() : [];
}

function requireAddon(): KernelAddon {
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
