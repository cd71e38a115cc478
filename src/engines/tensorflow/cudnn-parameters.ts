/**
 * cuDNN's parameters: one vector. Of every layer and direction (forward before reverse) the input matrix and then the
 * recurrent one, [G, I] and [G, H] row by row; after all matrices, of every layer and direction the bias that goes with
 * the input and the one that goes with the recurrence. An LSTM's gates are i, f, g, o: as ours are. The second biases
 * do not exist here: they are zero. Only this file knows; scripts/gpu-check-layout.cpp asks cuDNN itself.
 */
import { elements, parameterShapes } from '../../models/parameters.ts';
import type { Cell } from '../../models/spec.ts';
import type { Device, Handle } from './device.ts';
import type { Block, Weights } from './recurrence.ts';

/** The parameters of one direction of one layer in cuDNN's order, or their gradients. */
export interface DirectionParameters {
  /** Of the input matrix, the recurrent one and the bias, in weights and gradients. */
  readonly names: readonly [string, string, string];
  readonly wIh_GI: Handle;
  readonly wHh_GH: Handle;
  readonly bias_G: Handle;
}

type Part = 'wIh_GI' | 'wHh_GH' | 'bias_G' | 'second bias';

/** The order of the vector, for one or two directions. */
function order(directions: number): { readonly d: number; readonly part: Part }[] {
  const every = Array.from({ length: directions }, (_, d) => d);
  const of = (...parts: Part[]) => every.flatMap((d) => parts.map((part) => ({ d, part })));
  return [...of('wIh_GI', 'wHh_GH'), ...of('bias_G', 'second bias')];
}

/** The parameters of every layer and direction of a block, forward before reverse. */
export function parametersOf({ first, layers }: Block, weights: Weights): DirectionParameters[] {
  return layers.flatMap(({ bidirectional }, i) =>
    (bidirectional ? ['', '_reverse'] : ['']).map((suffix) => {
      const named = (kind: string) => `rnn.${kind}_l${first + i}${suffix}`;
      const names = [named('weight_ih'), named('weight_hh'), named('bias_ih')] as const;
      const [wIh_GI, wHh_GH, bias_G] = names.map((name) => weights.get(name)!) as [Handle, Handle, Handle];
      return { names, wIh_GI, wHh_GH, bias_G };
    }),
  );
}

const shapeOf = (one: DirectionParameters, part: Part) =>
  part === 'second bias' ? one.bias_G.shape : one[part].shape;

export function packParameters(device: Device, all: readonly DirectionParameters[]): Handle {
  const parts = order(all.length).map(({ d, part }) =>
    part === 'second bias'
      ? device.zeros(all[d]!.bias_G.shape)
      : device.reshape(all[d]![part], [elements(all[d]![part].shape)]),
  );
  return device.concat(parts, 0);
}

/** Takes the gradient of the vector apart, into tensors like the parameters. */
export function unpackGradients(
  device: Device,
  all: readonly DirectionParameters[],
  packed: Handle,
): DirectionParameters[] {
  const places = order(all.length);
  const shapes = places.map(({ d, part }) => shapeOf(all[d]!, part));
  const parts = device.split(packed, shapes.map(elements), 0);
  return all.map(({ names }, own) => {
    const at = (wanted: Part) => {
      const i = places.findIndex(({ d, part }) => d === own && part === wanted);
      return device.reshape(parts[i]!, shapes[i]!);
    };
    return { names, wIh_GI: at('wIh_GI'), wHh_GH: at('wHh_GH'), bias_G: at('bias_G') };
  });
}

export interface Stack {
  readonly cell: Cell;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly inputs: number;
  readonly hidden: number;
}

/** Where a gate's matrix and bias are, in elements from the start; named as cudnnGetRNNWeightParams does. */
export interface Place {
  readonly pseudoLayer: number;
  readonly linearLayer: number;
  readonly matrix: number;
  readonly rows: number;
  readonly columns: number;
  readonly bias: number;
}

/** All places of a stack's vector. */
export function placesOf({ cell, layers, bidirectional, inputs, hidden }: Stack): Place[] {
  const layer = { cell, hidden, bidirectional };
  const shapes = parameterShapes({
    input: { kind: 'features', size: inputs },
    layers: Array.from({ length: layers }, () => layer),
    projection: null,
    dropout: 0,
    head: { kind: 'regression', size: 1, at: 'last-step' },
  });
  const block = { first: 0, layers: Array.from({ length: layers }, () => layer) };
  const all = parametersOf(block, new Map([...shapes].map(([name, shape]) => [name, { id: -1, shape }])));
  const starts = new Map<string, number>();
  let at = 0;
  for (const { d, part } of order(all.length)) {
    starts.set(`${d} ${part}`, at);
    at += elements(shapeOf(all[d]!, part));
  }
  const gates = all[0]!.bias_G.shape[0]! / hidden;
  return all.flatMap((one, d) =>
    (['wIh_GI', 'wHh_GH'] as const).flatMap((part, kind) =>
      Array.from({ length: gates }, (_, gate) => {
        const columns = one[part].shape[1]!;
        const bias = kind === 0 ? 'bias_G' : 'second bias';
        return {
          pseudoLayer: d,
          linearLayer: kind * gates + gate,
          matrix: starts.get(`${d} ${part}`)! + gate * hidden * columns,
          rows: hidden,
          columns,
          bias: starts.get(`${d} ${bias}`)! + gate * hidden,
        };
      }),
    ),
  );
}
