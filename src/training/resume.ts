import { ExitCode, UserError } from '../support/errors.ts';
import { type Checkpoint, checkpointSteps, readCheckpoint } from './checkpoint.ts';

/**
 * The newest checkpoint of a run that verifies; null if there is none at all. `note` hears about each one that
 * was passed over. Throws UserError (65) if there are checkpoints and none verifies: nothing is deleted then.
 */
export function newestCheckpoint(
  directory: string,
  configHash: string,
  note: (message: string) => void,
): Checkpoint | null {
  const steps = checkpointSteps(directory);
  if (steps.length === 0) return null;
  const problems: string[] = [];
  for (const step of steps) {
    try {
      const checkpoint = readCheckpoint(directory, step);
      if (checkpoint.configHash === configHash) return checkpoint;
      problems.push(`checkpoint-${step}.json: belongs to config ${checkpoint.configHash}, not ${configHash}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
    note(`${problems.at(-1)}; trying the checkpoint before it`);
  }
  throw new UserError(
    ExitCode.badData,
    `${directory}: no usable checkpoint (${problems.join('; ')}); nothing was deleted: restore one, or start over with --fresh`,
  );
}
