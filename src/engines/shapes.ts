import { ExitCode, UserError } from '../support/errors.ts';

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
