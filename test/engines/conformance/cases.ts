/**
 * What an engine is tried on. `fields` has a case for every field of a trainer's settings, of a model and of a batch, and for
 * every choice of one: a new field without a case does not compile.
 */
import type {
  ClipSpec,
  OptimizerSpec,
  TrainerOptions,
  TrainerSettings,
} from '../../../src/engines/engine.ts';
import type { Batch } from '../../../src/models/batch.ts';
import { type Cell, cellNames } from '../../../src/models/cells.ts';
import type { Head, ModelInput, ModelSpec, RecurrentLayer } from '../../../src/models/spec.ts';
import { batchOf, features, heads, optimizers, optionsOf, type Shape } from '../fixtures.ts';

import { isReference, type Subject } from './subjects.ts';

export interface Case extends Shape {
  readonly name: string;
  readonly settings?: Partial<TrainerSettings>;
  /** Of the first batch; the others follow. */
  readonly index?: number;
  /** Every batch but the first goes on where the one before it ended. */
  readonly carry?: boolean;
}

export function optionsOfCase(one: Case): TrainerOptions {
  return optionsOf(one, one.settings);
}

/** Training batches, one after the other. */
export function batchesOf(one: Case, count: number): Batch[] {
  const { index = 0, carry = false } = one;
  return Array.from({ length: count }, (_, n) => batchOf(one, { index: index + n, carry: carry && n > 0 }));
}

/** Partial vectors in every dimension, more than one vector of sequences. */
const sizes = { T: 9, B: 19, I: 3, H: 17, O: 5 };
/** Small, because every update of every rule is repeated in double precision. */
export const small = { T: 4, B: 4, I: 2, H: 9, O: 3 };

/** Every cell with every head. */
export const plainModels = plainModelsOf(sizes);

function plainModelsOf(size: Pick<Shape, 'T' | 'B' | 'I' | 'H' | 'O'>): Case[] {
  return cellNames.flatMap((cell) => [
    ...heads.map((head): Case => ({ name: `${cell}, ${head}`, cell, head, ...size })),
    { name: `${cell}, softmax at every step`, cell, head: 'softmax', everyStep: true, ...size },
  ]);
}

/** With everything beyond one layer over dense features, each alone and all together; for the reference engine smaller ones. */
export function modelsFor({ engine }: Subject): readonly Case[] {
  return isReference(engine) ? smallModels : models;
}

const [models, smallModels] = [sizes, { T: 6, B: 4, I: 2, H: 4, O: 3 }].map((size) =>
  plainModelsOf(size).flatMap((plain) => [
    plain,
    ...features.map((feature) => ({ ...plain, ...feature, name: `${plain.name}, ${feature.name}` })),
  ]),
) as [Case[], Case[]];

/** Full and partial vectors in every dimension; long and short sequences. Too large for the reference engine. */
export const odd: readonly Case[] = cellNames.flatMap((cell) =>
  heads.flatMap((head) =>
    [
      { H: 1, B: 1, T: 1, I: 1, O: 2 },
      { H: 7, B: 3, T: 2, I: 2, O: 3 },
      { H: 32, B: 16, T: 12, I: 2, O: 2 },
      { H: 13, B: 5, T: 7, I: 3, O: 4 },
      { H: 21, B: 19, T: 9, I: 1, O: 10 },
      { H: 37, B: 17, T: 50, I: 5, O: 10 },
      { H: 100, B: 16, T: 50, I: 2, O: 3 },
      { H: 130, B: 40, T: 2, I: 1, O: 10 },
      { H: 7, B: 16, T: 150, I: 1, O: 1 },
    ].map(
      (size): Case => ({
        name: `${cell}, ${head}, ${Object.entries(size).map((one) => one.join(' '))}`,
        cell,
        head,
        ...size,
      }),
    ),
  ),
);

/** A language model: tokens in, a class for every step out. */
export const tiny: Case = {
  name: 'a language model',
  cell: 'tanh',
  head: 'softmax',
  everyStep: true,
  uneven: true,
  T: 4,
  B: 5,
  I: 3,
  H: 9,
  O: 37,
  vocabulary: 41,
};

/** Heads over many classes. */
export const wideHeads: readonly Case[] = [
  { ...tiny, name: 'fewer classes than a block' },
  { ...tiny, O: 1_000, T: 5, B: 19, name: 'many blocks of classes' },
  { ...tiny, O: 128, projection: 5, name: 'a block exactly, behind a projection' },
  { ...tiny, T: 35, B: 40, uneven: false, name: 'more positions than are kept at a time' },
  { ...tiny, everyStep: false, O: 300, B: 70, name: 'after the last step' },
  { ...tiny, cell: 'lstm', bidirectional: true, O: 129, name: 'one class more than a block, two directions' },
];

/** What each field's case is changed from. */
const plain: Case = { name: 'plain', cell: 'tanh', head: 'softmax', everyStep: true, ...small };

type KeysOf<T> = T extends unknown ? keyof T & string : never;
type HeadAt = Head extends infer H ? (H extends Head ? `${H['kind']} at ${H['at']}` : never) : never;
type Field =
  // Cores change no bit (test/engines/threads.test.ts); another precision has one instruction set (test/engines/amx.test.ts).
  | Exclude<keyof TrainerSettings, 'model' | 'optimizer' | 'clip' | 'cores' | 'precision'>
  | `clip, ${ClipSpec['mode']}`
  | {
      [N in OptimizerSpec['name']]: `${N}, ${KeysOf<Extract<OptimizerSpec, { name: N }>>}`;
    }[OptimizerSpec['name']]
  | `model, ${Exclude<keyof ModelSpec, 'input' | 'head'>}`
  | `input, ${ModelInput['kind']}`
  | `head, ${HeadAt}`
  | `layer, ${Exclude<keyof RecurrentLayer, 'cell'>}`
  | `cell, ${Cell}`
  | `batch, ${Exclude<keyof Batch, 'size' | 'steps' | 'x_TIB' | 'target'>}`;

const [sgd, momentum, , rmsprop, adam] = optimizers as [OptimizerSpec, ...OptimizerSpec[]] & {
  readonly 1: OptimizerSpec;
  readonly 3: OptimizerSpec;
  readonly 4: OptimizerSpec;
};
const rule = (optimizer: object, changes = {}): Partial<Case> => ({
  settings: { optimizer: { ...optimizer, ...changes } as OptimizerSpec },
});

const changes: Readonly<Record<Field, Partial<Case>>> = {
  lossReduction: { settings: { lossReduction: 'mean' } },
  batchSize: { B: 7 },
  steps: { T: 6 },
  seed: { dropout: 0.4, settings: { seed: 2 } },
  softmaxSamples: { O: 30, settings: { softmaxSamples: 6 } },
  'clip, norm': { settings: { clip: { mode: 'norm', threshold: 0.05 } } },
  'clip, elementwise': { settings: { clip: { mode: 'elementwise', threshold: 0.01 } } },
  'sgd, name': { ...rule(sgd), index: 5 },
  'sgd, momentum': rule(momentum),
  'sgd, weight_decay': rule(sgd, { weight_decay: 0.5 }),
  'rmsprop, name': rule(rmsprop),
  'rmsprop, decay': rule(rmsprop, { decay: 0.8 }),
  'rmsprop, epsilon': rule(rmsprop, { epsilon: 0.1 }),
  'rmsprop, momentum': rule(rmsprop, { momentum: 0.8 }),
  'rmsprop, weight_decay': rule(rmsprop, { weight_decay: 0.5 }),
  'adam, name': rule(adam),
  'adam, beta1': rule(adam, { beta1: 0.5 }),
  'adam, beta2': rule(adam, { beta2: 0.9 }),
  'adam, epsilon': rule(adam, { epsilon: 0.1 }),
  'adam, weight_decay': rule(adam, { weight_decay: 0.5 }),
  'adam, decoupled_weight_decay': rule(adam, { weight_decay: 0.5, decoupled_weight_decay: true }),
  'model, layers': { layers: 2 },
  'model, projection': { projection: 4 },
  'model, dropout': { dropout: 0.4 },
  'input, features': { I: 5 },
  'input, tokens': { vocabulary: 11 },
  'head, regression at last-step': { head: 'regression', everyStep: false },
  'head, softmax at last-step': { everyStep: false },
  'head, softmax at every-step': { O: 6 },
  'layer, hidden': { H: 17 },
  'layer, bidirectional': { bidirectional: true },
  'cell, relu': { cell: 'relu' },
  'cell, tanh': { cell: 'tanh', index: 7 },
  'cell, lstm': { cell: 'lstm' },
  'batch, index': { dropout: 0.4, index: 3 },
  'batch, lengths': { uneven: true },
  'batch, carry': { carry: true },
};

export const fields: readonly Case[] = Object.entries(changes).map(([name, change]) => ({
  ...plain,
  ...change,
  name,
}));
