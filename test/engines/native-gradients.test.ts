import { describe, expect, it } from 'vitest';
import { doubleGradients, toDouble } from './double-reference.ts';
import { batchOf, modelOf, optionsOf, parametersOf, relativeError, type Shape } from './fixtures.ts';
import { engineOn, kernelSets } from './kernel-sets.ts';

// Every odd size at least once, in combination with each cell and head.
const sizes = [
  { H: 1, B: 1, T: 1, I: 1, O: 1 },
  { H: 7, B: 3, T: 2, I: 2, O: 3 },
  { H: 37, B: 17, T: 50, I: 5, O: 10 },
  { H: 100, B: 16, T: 50, I: 2, O: 3 },
  { H: 130, B: 40, T: 2, I: 1, O: 10 },
  { H: 7, B: 16, T: 150, I: 1, O: 1 },
];
const sets = kernelSets;

describe.each(sets)('native gradients (%s)', (instructionSet) => {
  const engine = engineOn(instructionSet);

  for (const cell of ['relu', 'tanh', 'lstm'] as const) {
    for (const head of ['regression', 'softmax'] as const) {
      it.each(sizes)(
        `${cell}, ${head}, H=$H B=$B T=$T I=$I O=$O: equal those in double precision`,
        (size) => {
          const shape: Shape = { cell, head, ...size };
          const batch = batchOf(shape);
          const expected = doubleGradients(modelOf(shape), toDouble(parametersOf(modelOf(shape))), batch);
          const trainer = engine.create(optionsOf(shape));
          const { loss, gradients } = trainer.gradients(batch);
          const sums = trainer.evaluate(batch);
          trainer.dispose();

          expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-5);
          expect([...gradients.keys()]).toEqual([...expected.gradients.keys()]);
          for (const [name, tensor] of gradients) {
            const error = relativeError(tensor.data, expected.gradients.get(name)!);
            expect(error, `${name}`).toBeLessThan(1e-5);
          }
          expect(sums.targets).toBe(shape.B);
          expect(relativeError([sums.loss], [loss])).toBeLessThan(1e-6);
          if (head === 'softmax') expect(sums.predicted).toEqual(expected.predicted);
        },
      );
    }
  }
});
