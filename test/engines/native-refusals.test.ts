/** What the engines over the C++ kernels refuse: batches that make no sense, instruction sets that are not there. */
import { describe, expect, test } from 'vitest';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import type { Batch } from '../../src/models/batch.ts';
import { ExitCode } from '../../src/support/errors.ts';
import { batchOf, optionsOf, type Shape } from './fixtures.ts';

describe('mistakes are exceptions', () => {
  const engine = nativeRoom.load();
  const shape: Shape = {
    cell: 'lstm',
    head: 'softmax',
    everyStep: true,
    uneven: true,
    vocabulary: 7,
    ...{ T: 9, B: 19, I: 3, H: 17, O: 5 },
  };
  const trainer = engine.create(optionsOf(shape));
  const batch = batchOf(shape);
  const tokens = batch.x_TIB as Int32Array;
  const first = (values: Int32Array | Float32Array, value: number) =>
    values.map((v, i) => (i === 0 ? value : v));
  const mistakes: [string, Partial<Batch>, RegExp][] = [
    ['a length beyond the steps', { lengths: batch.lengths!.map((n) => n + 1) }, /length/],
    ['a negative length', { lengths: batch.lengths!.map(() => -1) }, /length/],
    ['too few lengths', { lengths: batch.lengths!.slice(1) }, /length/],
    ['a token beyond the vocabulary', { x_TIB: first(tokens, 7) as Int32Array }, /token/],
    ['a negative token', { x_TIB: first(tokens, -1) as Int32Array }, /token/],
    ['floats for tokens', { x_TIB: Float32Array.from(tokens) }, /type or length/],
    ['a class beyond the outputs', { target: batch.target.map(() => 5) as Int32Array }, /class/],
    ['a class below UNSCORED', { target: first(batch.target, -2) as Int32Array }, /class/],
    ['a target beyond the end', { target: batch.target.map(() => 0) as Int32Array }, /beyond the end/],
    ['too few targets', { target: batch.target.slice(1) as Int32Array }, /type or length/],
    ['more steps than its arrays have', { steps: batch.steps + 1 }, /type or length|more steps/],
    ['no steps', { steps: 0 }, /steps/],
  ];
  test.each(mistakes)('%s', (_, change, message) => {
    expect(() => trainer.evaluate({ ...batch, ...change })).toThrow(message);
    expect(() => trainer.step({ ...batch, ...change }, 0.1)).toThrow(message);
  });
});

describe('native engine', () => {
  test('refuses an instruction set that the processor lacks with exit code 69', () => {
    const missing = process.arch === 'arm64' ? 'avx2' : 'neon';
    expect(() => nativeRoom.load({ instruction_set: missing })).toThrow(
      expect.objectContaining({ exitCode: ExitCode.unavailable }),
    );
  });

  test('throws, rather than reads past the end, when a batch has the wrong size or a class is unknown', () => {
    const softmax: Shape = { cell: 'lstm', head: 'softmax', H: 13, B: 5, T: 8, I: 2, O: 2 };
    const trainer = nativeRoom.load().create(optionsOf(softmax));
    const batch = batchOf(softmax);
    expect(() => trainer.step({ ...batch, x_TIB: batch.x_TIB.subarray(1) }, 0.1)).toThrow(/length/);
    expect(() => trainer.step({ ...batch, target: new Int32Array(softmax.B).fill(2) }, 0.1)).toThrow(/class/);
    trainer.dispose();
    expect(() => trainer.step(batch, 0.1)).toThrow(/disposed/);
  });
});
