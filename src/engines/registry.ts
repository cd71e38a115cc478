/** Every engine, a room each: the folder of its name. Its line, with the settings it takes, is in config/engines.ts. */
import { type EngineName, engineNames } from '../config/engines.ts';
import type { Config, ModelConfig } from '../config/schema.ts';
import { chooseEngine } from './auto.ts';
import type { Engine, EngineInfo } from './engine.ts';
import { reference } from './reference/engine.ts';
import type { EngineRoom } from './room.ts';

/** What engine.ts of each folder exports under the folder's name; none of them brings anything heavy before it is used. */
export const rooms = Object.fromEntries(
  await Promise.all(
    engineNames.map(async (name) => {
      const module: Readonly<Record<EngineName, EngineRoom>> = await import(`./${name}/engine.ts`);
      return [name, module[name]] as const;
    }),
  ),
) as Readonly<Record<EngineName, EngineRoom>>;

/**
 * Loads the engine a config asks for; each engine's code is loaded only when it is used.
 * Throws UserError: 69 if it cannot run on this machine, there is no falling back; 78 for settings that it does not have.
 */
export async function loadEngine(config: Config['engine'], model: ModelConfig): Promise<Engine> {
  if (config.name !== 'auto') return rooms[config.name].load(config, model);
  const { name, reason } = await chooseEngine(config, model, rooms);
  const engine = await rooms[name].load(config, model);
  return { ...engine, info: { ...engine.info, reason } };
}

/** The engine whose trainers also predict one target at a time: slow, and never needed to train. */
export function loadPredictingEngine() {
  return reference.load();
}

/** The config's section with what makes an engine compute, to the bit, as it did when a run began. */
export function pinned(config: Config['engine'], begun: EngineInfo): Config['engine'] {
  const { threads } = config;
  const room = roomOf(begun.engine);
  if (room === null) return config;
  const name = begun.engine as EngineName;
  return { name, device: 'auto', instruction_set: 'auto', threads, ...room.pin(begun) };
}

/** The kernels of an engine that this machine has, fastest first; results on them differ in rounding. None for engines with one. */
export function kernelsOf(engine: string): readonly EngineInfo[] {
  return roomOf(engine)?.kernels?.() ?? [];
}

/** This program's numerics version of an engine's kernels; null of what it does not have. */
export function numericsVersion(engine: string, instructionSet: string): number | null {
  return roomOf(engine)?.numerics(instructionSet) ?? null;
}

function roomOf(engine: string): EngineRoom | null {
  return (engineNames as string[]).includes(engine) ? rooms[engine as EngineName] : null;
}
