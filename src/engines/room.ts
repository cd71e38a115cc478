import type { Config, ModelConfig } from '../config/schema.ts';
import type { Engine, EngineInfo } from './engine.ts';

/** How an engine is to compute: the keys of a config's `engine` that mean something to it (config/engines.ts). */
export type EngineSettings = Partial<Omit<Config['engine'], 'name'>>;

/** Whether an engine can compute on this machine, and where; or why not. */
export type Availability =
  | { readonly available: true; readonly gpu: boolean }
  | { readonly available: false; readonly reason: string };

/** What there is to say of an engine on this machine, or of one of its sets of kernels; for `doctor`. */
export interface Examination {
  /** Null where it is not there. */
  readonly engine: Engine | null;
  /** False: something is broken. Null: it is not there, or not where it is meant to be, and need not be. */
  readonly ok: boolean | null;
  /** Where it computes, or why it does not and what to do. */
  readonly remark: string | null;
}

/**
 * What a room, a folder beside this file, shows of its engine: all that the rest of the program knows of it. It is the
 * export of the room's engine.ts, which loads nothing heavy before it has to; nothing outside imports another file of a room.
 */
export interface EngineRoom {
  /**
   * `model`: for settings that suit it, where they are left to the engine. Throws UserError: 69 where it cannot run on this
   * machine, 78 for settings that it does not have.
   */
  load(settings?: EngineSettings, model?: ModelConfig): Engine | Promise<Engine>;
  look(): Availability | Promise<Availability>;
  examine(): readonly Examination[] | Promise<readonly Examination[]>;
  /** The settings that make it compute, to the bit, as it did then. */
  pin(begun: EngineInfo): EngineSettings;
  /** This program's EngineInfo.numerics of a set of kernels, on whatever machine; null of a set that it does not have. */
  numerics(instructionSet: string): number | null;
  /**
   * This machine's sets of kernels, fastest first; they differ in rounding. Only of engines that can have several.
   */
  readonly kernels?: () => readonly EngineInfo[];
  /** One core's multiply-add peak with a set of kernels, in operations a second: the best of many bursts within `seconds`. */
  readonly measurePeak?: (instructionSet: string, seconds: number) => number;
}
