/** What a trainer's state (engine.ts) consists of, the same for every engine, and what it refuses. */
import type { Batch } from '../models/batch.ts';
import { cells } from '../models/cells.ts';
import type { ModelSpec } from '../models/spec.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { OptimizerSpec } from './engine.ts';

/** The slots an update rule keeps for every parameter, by torch.optim's names. */
export function slotNames(optimizer: OptimizerSpec): readonly string[] {
  switch (optimizer.name) {
    case 'sgd':
      return optimizer.momentum > 0 ? ['momentum_buffer'] : [];
    case 'rmsprop':
      return optimizer.momentum > 0 ? ['square_avg', 'momentum_buffer'] : ['square_avg'];
    case 'adam':
      return ['exp_avg', 'exp_avg_sq'];
  }
}

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

/** Throws UserError (65) when tensors are missing or have another shape: they come from a checkpoint of another model. */
export function checkShapes(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  shapes: ReadonlyMap<string, readonly number[]>,
): void {
  for (const [name, shape] of shapes) {
    const found = tensors.get(name)?.shape;
    if (found?.join() === shape.join()) continue;
    const description = found ? `one of shape [${found.join(', ')}]` : 'none';
    throw new UserError(
      ExitCode.badData,
      `${name}: the model needs a tensor of shape [${shape.join(', ')}], found ${description}`,
    );
  }
}
