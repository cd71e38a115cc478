import { type Batch, wholeSequences } from '../../src/models/batch.ts';
import type { Parameters, Tensor } from '../../src/models/spec.ts';
import { statesOf } from '../trace.ts';
import trained from './network.json' with { type: 'json' };

/** What scripts/make-digits.mjs took from a run, and the test digits beside it. */
export const { command, step, testAccuracy } = trained;

const CLASSES = 10;

/** The network's parameters, by torch.nn's names. */
export const parameters: Parameters = new Map(
  Object.entries(trained.parameters).map(([name, { shape, data }]): [string, Tensor] => {
    return [name, { shape, data: new Float32Array(bytesOf(data).buffer) }];
  }),
);

export interface TestDigit {
  /** Its place among the test images. */
  readonly index: number;
  readonly label: number;
  readonly pixels: Uint8Array;
}

/** A hundred digits of MNIST's test set, ten of each. */
export const testDigits: readonly TestDigit[] = trained.digits.map(({ index, label }, i) => {
  const pixels = bytesOf(trained.pixels).slice(784 * i, 784 * (i + 1));
  return { index, label, pixels };
});

/** A digit as the network is given it: its pixels, raw, one a step. */
export function sequenceOf(pixels: Uint8Array, label = 0): Batch {
  const x_TIB = Float32Array.from(pixels);
  return wholeSequences({ size: 1, steps: pixels.length, x_TIB, target: Int32Array.of(label) }, 0);
}

/** The probabilities of the ten classes after each pixel, had the digit ended there. */
export function readDigit(pixels: Uint8Array): readonly Float64Array[] {
  const { data: weight } = parameters.get('head.weight')!;
  const { data: bias } = parameters.get('head.bias')!;
  return statesOf('relu', parameters, sequenceOf(pixels)).map((h) => {
    const H = h.length;
    const logits = Float64Array.from({ length: CLASSES }, (_, o) => {
      return h.reduce((sum, value, i) => sum + weight[o * H + i]! * value, bias[o]!);
    });
    return softmax(logits);
  });
}

/** The most probable class. */
export function likeliest(probabilities: Float64Array): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
