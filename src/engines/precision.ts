import { ExitCode, UserError } from '../support/errors.ts';
import type { EngineInfo, TrainerSettings } from './engine.ts';

/** Throws UserError (78) for any other precision on an engine that has float32 only. */
export function refuseOtherPrecisions(
  { engine, instructionSet }: EngineInfo,
  settings: TrainerSettings,
): void {
  const { precision = 'float32' } = settings;
  if (precision === 'float32') return;
  throw new UserError(
    ExitCode.badConfig,
    `training.precision: ${precision}, but the ${engine} engine (${instructionSet}) has float32 only.\n` +
      'Set it to float32; or engine.instruction_set to amx, on a processor that has it.',
  );
}
