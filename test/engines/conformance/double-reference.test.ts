/** The gradients of the double-precision reference against differences of its own losses. */
import { expect, test } from 'vitest';
import { batchOf, cells, features, modelOf, parametersOf, relativeError, type Shape } from '../fixtures.ts';
import { type DoubleParameters, doubleGradients, toDouble } from './double-reference.ts';

const sizes = { T: 4, B: 4, I: 2, H: 4, O: 3 };
const cases: (Shape & { name: string })[] = cells.flatMap((cell) => [
  { name: 'plain', ...sizes, cell, head: 'softmax' },
  ...features.flatMap((feature): (Shape & { name: string })[] => [
    { ...sizes, cell, head: 'regression', ...feature },
    { ...sizes, cell, head: 'softmax', everyStep: true, ...feature, name: `${feature.name}, every step` },
  ]),
]);

test.each(cases)('$cell, $head, $name', (shape) => {
  const model = modelOf(shape);
  const batch = batchOf(shape);
  const parameters = toDouble(parametersOf(model));
  const initial: DoubleParameters = shape.bidirectional
    ? new Map()
    : doubleGradients(model, parameters, batchOf(shape, { index: 1 })).final;
  const options = { seed: 3, initial };
  const step = 1e-6;
  const { gradients, margin } = doubleGradients(model, parameters, batch, options);
  // No pre-activation comes near a kink when one parameter moves by the step.
  if (shape.cell === 'relu') expect(margin).toBeGreaterThan(10 * step);
  const lossWith = (values: Float64Array, i: number, value: number) => {
    const before = values[i]!;
    values[i] = value;
    const { loss } = doubleGradients(model, parameters, batch, options);
    values[i] = before;
    return loss;
  };
  for (const [name, values] of parameters) {
    const differences = values.map(
      (value, i) => (lossWith(values, i, value + step) - lossWith(values, i, value - step)) / (2 * step),
    );
    expect(Math.hypot(...differences), name).toBeGreaterThan(0);
    expect(relativeError(gradients.get(name)!, differences), name).toBeLessThan(1e-5);
  }
});
