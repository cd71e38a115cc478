import { createRequire } from 'node:module';
import { arch, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ModelConfig } from '../../config/schema.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { Engine, EngineInfo } from '../engine.ts';
import { engineOver, type InstructionSet, type KernelAddon } from '../kernels/engine.ts';
import type { Availability, EngineRoom, EngineSettings, Examination } from '../room.ts';
import { amxObstacle, amxPays, EMULATION, emulatesAmx } from './amx.ts';

/** EngineInfo.numerics of each instruction set. */
const numerics = { amx: 1, avx512: 1, avx2: 1, sse2: 1, neon: 1 } satisfies Record<InstructionSet, number>;

/** The engine over the C++ kernels as an addon of Node.js. Results are the same bits for any number of threads. */
export const native = {
  load,
  look,
  examine,
  kernels: () => instructionSets().map((set) => load({ instruction_set: set }).info),
  pin: ({ instructionSet }) => ({ instruction_set: instructionSet as InstructionSet }),
  numerics: (set) => (numerics as Readonly<Record<string, number>>)[set] ?? null,
  measurePeak: (set, seconds) => requireAddon().peakFlops(addonName(set), seconds),
} satisfies EngineRoom;

const addonPath = fileURLToPath(new URL('../../../native/build/irnn.node', import.meta.url));

/** Loads the addon from native/build, or throws what Node says about it. */
export function loadAddon(): KernelAddon {
  return createRequire(import.meta.url)(addonPath) as KernelAddon;
}

/**
 * Throws UserError (69) when it is not built or the processor lacks the set. `auto` takes the fastest that it has; amx only
 * where that is known to be faster for the model.
 */
function load(
  { instruction_set: set = 'auto', threads = 1 }: EngineSettings = {},
  model?: ModelConfig,
): Engine {
  const addon = requireAddon();
  const available = setsOf(addon);
  const wanted = set === 'auto' ? suited(available, model) : set;
  if (wanted === 'amx' && !available.includes('amx')) {
    throw new UserError(
      ExitCode.unavailable,
      `the amx kernels cannot be used: ${amxObstacle(addon)}.\n` +
        `Set engine.instruction_set to ${available.join(', ')} or auto.`,
    );
  }
  if (!available.includes(wanted)) {
    throw new UserError(
      ExitCode.unavailable,
      `this processor cannot execute ${wanted} kernels; it has ${available.join(', ')}.\n` +
        'Set engine.instruction_set to one of these, or to auto.',
    );
  }
  const emulated = wanted === 'amx' && emulatesAmx();
  const info: EngineInfo = {
    engine: 'native',
    device: `${cpus()[0]?.model.trim() || arch()}${emulated ? ' (AMX emulated)' : ''}`,
    instructionSet: wanted,
    numerics: numerics[wanted],
    threads,
    versions: { node: process.versions.node },
    ...(emulated && { environment: { [EMULATION]: '1' } }),
  };
  return engineOver(() => addon, info, addonName(wanted));
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
    const instead = 'wasm is used, some two and a half times as slow';
    const remark = isWindows()
      ? `not for Windows; ${instead}`
      : `${found.reason}; install g++ and make, then \`npm run build:native\`; until then ${instead}`;
    return [{ engine: null, ok: null, remark }];
  }
  const obstacle = amxObstacle(loadAddon());
  const sets = instructionSets().map((set, rank) => ({
    engine: load({ instruction_set: set }),
    ok: true,
    remark:
      rank === 0 ? 'used by default' : set === 'amx' ? 'used where engine.instruction_set asks for it' : null,
  }));
  if (obstacle === null) return sets;
  return [...sets, { engine: null, ok: null, remark: `no instruction set amx: ${obstacle}` }];
}

/** What this processor can execute, fastest first, but amx last; none where the engine is not built. */
function instructionSets(): readonly InstructionSet[] {
  return look().available ? setsOf(loadAddon()) : [];
}

/** What there is to choose from: the emulation of amx passes for amx where it is asked for, and is nothing elsewhere. */
function setsOf(addon: KernelAddon): InstructionSet[] {
  const real = addon.instructionSets().filter((name) => name !== 'amx-emulated' && name !== 'amx');
  return [...real, ...(amxObstacle(addon) === null ? ['amx'] : [])] as InstructionSet[];
}

/** The name in the addon. */
function addonName(set: string): string {
  return set === 'amx' && emulatesAmx() ? 'amx-emulated' : set;
}

function suited(available: readonly InstructionSet[], model: ModelConfig | undefined): InstructionSet {
  const useAmx = model !== undefined && available.includes('amx') && !emulatesAmx() && amxPays(model);
  return useAmx ? 'amx' : available[0]!;
}

function requireAddon(): KernelAddon {
  try {
    return loadAddon();
  } catch (error) {
    const [reason, advice] = isWindows()
      ? ['it is not for Windows', 'Use `--engine wasm`.']
      : [firstLine(error), 'Install g++ and make, then run `npm run build:native`; or use `--engine wasm`.'];
    throw new UserError(ExitCode.unavailable, `the native engine is not available: ${reason}\n${advice}`, {
      cause: error,
    });
  }
}

function isWindows(): boolean {
  return process.platform === 'win32';
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
