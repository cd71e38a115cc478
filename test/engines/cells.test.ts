/** A cell that an engine does not have is refused; it is never computed as another one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { gradientError } from '../../src/engines/self-check.ts';
import type { Device } from '../../src/engines/tensorflow/device.ts';
import { rawRecurrence } from '../../src/engines/tensorflow/raw-recurrence.ts';
import { TensorflowTrainer } from '../../src/engines/tensorflow/trainer.ts';
import { wasm as wasmRoom } from '../../src/engines/wasm/engine.ts';
import { type Cell, cells } from '../../src/models/cells.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { optionsOf, type Shape } from './fixtures.ts';

// A cell more in the table, as one that is being added.
const table: Record<string, unknown> = cells;
beforeAll(() => {
  table.gru = { gates: ['r', 'z', 'n'], states: ['h'] };
});
afterAll(() => {
  delete table.gru;
});

const shape: Shape = { cell: 'gru' as Cell, head: 'softmax', T: 3, B: 2, I: 2, H: 4, O: 3 };
const native = nativeRoom.load();

test.each([
  ['native', () => native.create(optionsOf(shape))],
  ['wasm', () => wasmRoom.load().create(optionsOf(shape))],
  // It is refused before the device is asked for anything.
  ['tensorflow', () => new TensorflowTrainer({} as Device, rawRecurrence, optionsOf(shape))],
])('the %s engine refuses a cell that it does not have', (name, create) => {
  expect(create).toThrow(
    expect.objectContaining({
      exitCode: ExitCode.badConfig,
      message: expect.stringMatching(new RegExp(`^the ${name} engine has no .*gru cells`)),
    }),
  );
});

test('the self-check compares the cells that an engine has', () => {
  expect(gradientError(native, native)).toBe(0);
});
