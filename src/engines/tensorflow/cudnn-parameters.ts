import { elements } from '../../models/parameters.ts';
import type { Device, Handle } from './device.ts';
import type { Block, Weights } from './recurrence.ts';

/** The parameters of every layer and direction of a block, forward before reverse, as cuDNN is to be given them. */
export interface DirectionParameters {
  /** Of the input matrix, the recurrent one and the bias, in weights and gradients. */
  readonly names: readonly [string, string, string];
  readonly wIh_GI: Handle;
  readonly wHh_GH: Handle;
  readonly bias_G: Handle;
}

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

/**
 * cuDNN's parameters are one vector: of every layer and direction (forward before reverse) the input matrix and then
 * the recurrent one, [G, I] and [G, H] row by row; after all matrices, of every layer and direction the biases that go
 * with the input and those that go with the recurrence. An LSTM's gates are i, f, g, o: as ours are. The second biases
 * do not exist here: they are zero. scripts/gpu-check-layout.cpp asks cuDNN itself for these places.
 */
export function packParameters(device: Device, all: readonly DirectionParameters[]): Handle {
  const flat = (x: Handle) => device.reshape(x, [-1]);
  return device.concat(
    [
      ...all.flatMap(({ wIh_GI, wHh_GH }) => [flat(wIh_GI), flat(wHh_GH)]),
      ...all.flatMap(({ bias_G }) => [bias_G, device.zeros(bias_G.shape)]),
    ],
    0,
  );
}

/** Takes the gradient of the vector apart, into tensors like the parameters. */
export function unpackGradients(
  device: Device,
  all: readonly DirectionParameters[],
  packed: Handle,
): DirectionParameters[] {
  const shapes = [
    ...all.flatMap(({ wIh_GI, wHh_GH }) => [wIh_GI.shape, wHh_GH.shape]),
    ...all.flatMap(({ bias_G }) => [bias_G.shape, bias_G.shape]),
  ];
  const parts = device.split(packed, shapes.map(elements), 0);
  const shaped = (i: number) => device.reshape(parts[i]!, shapes[i]!);
  return all.map(({ names }, d) => ({
    names,
    wIh_GI: shaped(2 * d),
    wHh_GH: shaped(2 * d + 1),
    bias_G: shaped(2 * all.length + 2 * d),
  }));
}
