/** Hidden states that a trainer hands from one batch to the next. */
import type { Batch } from '../models/batch.ts';
import { cells } from '../models/cells.ts';
import type { ModelSpec } from '../models/spec.ts';
import { ExitCode, UserError } from '../support/errors.ts';

/** The states of a model by the names of `TrainerState.carried`, each with its shape, [B, H]. */
export function carriedShapes(model: ModelSpec, B: number): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const [k, { cell, hidden }] of model.layers.entries()) {
    for (const state of cells[cell].states) shapes.set(`${state}_l${k}`, [B, hidden]);
  }
  return shapes;
}

/** Throws UserError (78) when a batch goes on where another ended and the model reads sequences from both ends. */
export function checkCarry({ layers }: ModelSpec, { carry }: Batch): void {
  if (!carry || !layers.some(({ bidirectional }) => bidirectional)) return;
  throw new UserError(
    ExitCode.badConfig,
    'a bidirectional layer cannot carry its state from batch to batch: the reverse direction would need the batch to ' +
      'come.\nSet model.bidirectional to false.',
  );
}
