import type { Cell, RecurrentLayer } from '../../models/spec.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import type { EngineInfo, TrainerSettings } from '../engine.ts';
import {
  cells,
  clips,
  heads,
  type LayerNumbers,
  layerNumbers,
  type NetworkNumbers,
  networkNumbers,
  precisions,
  rules,
} from './description.ts';

/**
 * A network as the kernels are told of it: the numbers of native/src/interface/description.def, those of the network
 * and then those of each layer. Throws UserError (78), in the name of the engine, for a cell that has no kernels.
 */
export function describeNetwork(
  { engine }: Pick<EngineInfo, 'engine'>,
  settings: TrainerSettings,
  threads: number,
): Float64Array {
  const network = ofNetwork(settings, threads);
  const layers = settings.model.layers.map((layer) => ofLayer(engine, layer));
  return Float64Array.from([
    ...networkNumbers.map((name) => network[name]),
    ...layers.flatMap((layer) => layerNumbers.map((name) => layer[name])),
  ]);
}

function ofNetwork(settings: TrainerSettings, threads: number): NetworkNumbers {
  const { model, optimizer, clip } = settings;
  const { input, head } = model;
  return {
    vocabulary: input.kind === 'tokens' ? input.vocabulary : 0,
    inputs: input.kind === 'tokens' ? input.embedding : input.size,
    projection: model.projection ?? 0,
    head: heads[head.kind],
    everyStep: head.at === 'every-step' ? 1 : 0,
    outputs: head.size,
    samples: settings.softmaxSamples ?? 0,
    dropout: model.dropout,
    seed: settings.seed,
    batch: settings.batchSize,
    steps: settings.steps,
    sumLoss: settings.lossReduction === 'sum' ? 1 : 0,
    rule: rules[optimizer.name],
    momentum: optimizer.name === 'adam' ? 0 : optimizer.momentum,
    decay: optimizer.name === 'rmsprop' ? optimizer.decay : 0,
    beta1: optimizer.name === 'adam' ? optimizer.beta1 : 0,
    beta2: optimizer.name === 'adam' ? optimizer.beta2 : 0,
    epsilon: optimizer.name === 'sgd' ? 0 : optimizer.epsilon,
    weightDecay: optimizer.weight_decay ?? 0,
    decoupled: optimizer.name === 'adam' && optimizer.decoupled_weight_decay ? 1 : 0,
    clip: clips[clip?.mode ?? 'none'],
    threshold: clip?.threshold ?? 0,
    precision: precisions[settings.precision ?? 'float32'],
    threads,
  };
}

function ofLayer(engine: string, { cell, hidden, bidirectional }: RecurrentLayer): LayerNumbers {
  return { cell: cellNumber(engine, cell), hidden, bidirectional: bidirectional ? 1 : 0 };
}

function cellNumber(engine: string, cell: Cell): number {
  const withKernels: Partial<Record<Cell, number>> = cells;
  const number = withKernels[cell];
  if (number !== undefined) return number;
  throw new UserError(
    ExitCode.badConfig,
    `the ${engine} engine has no kernels for ${cell} cells; it has them for ${Object.keys(cells).join(', ')}.\n` +
      'Use `--engine reference` (slow).',
  );
}
