import { isDeepStrictEqual } from 'node:util';
import type { Cell, RecurrentLayer } from '../../models/spec.ts';
import { attributes, type OpAttribute } from './binding.ts';
import type { Device, Handle } from './device.ts';
import {
  type Block,
  type BlockPass,
  type Extent,
  type Gradients,
  type OutputGradient,
  type Recurrence,
  type States,
  singleLayers,
  type Weights,
} from './recurrence.ts';

const modes: Readonly<Record<Cell, string>> = { relu: 'rnn_relu', tanh: 'rnn_tanh', lstm: 'lstm' };

/** All layers of a stack, both directions and all steps in one operation each way: CudnnRNNV3 and CudnnRNNBackpropV3. */
export const cudnnRecurrence: Recurrence = {
  name: 'cudnn',
  blocks(layers, apart) {
    const [bottom] = layers;
    const alike = layers.every((layer) => isDeepStrictEqual(layer, bottom));
    return alike && !apart ? [{ first: 0, layers }] : singleLayers(layers);
  },
  forward(device, block, weights, x_TBI, extent, initial): BlockPass {
    return new FusedPass(device, block, weights, x_TBI, extent, initial);
  },
};

/**
 * cuDNN's parameters are one vector: of every layer and direction (forward before reverse) the input matrix and then
 * the recurrent one, [G, I] and [G, H] row by row; after all matrices, of every layer and direction the biases that go
 * with the input and those that go with the recurrence. An LSTM's gates are i, f, g, o: as ours are. The second biases
 * do not exist here: they are zero.
 */
function packParameters(device: Device, block: Block, weights: Weights): Handle {
  const names = directionNames(block);
  const flat = (name: string) => device.reshape(weights.get(name)!, [-1]);
  return device.concat(
    [
      ...names.flatMap((name) => [flat(`rnn.weight_ih_${name}`), flat(`rnn.weight_hh_${name}`)]),
      ...names.flatMap((name) => {
        const bias = weights.get(`rnn.bias_ih_${name}`)!;
        return [bias, device.zeros(bias.shape)];
      }),
    ],
    0,
  );
}

/** Takes the gradient of the vector apart. */
function unpackGradients(
  device: Device,
  block: Block,
  weights: Weights,
  packed: Handle,
  gradients: Gradients,
): void {
  const names = directionNames(block);
  const matrices = names.flatMap((name) => [`rnn.weight_ih_${name}`, `rnn.weight_hh_${name}`]);
  const biases = names.flatMap((name) => [`rnn.bias_ih_${name}`, null]);
  const shapes = [
    ...matrices.map((name) => weights.get(name)!.shape),
    ...names.flatMap((name) => {
      const { shape } = weights.get(`rnn.bias_ih_${name}`)!;
      return [shape, shape];
    }),
  ];
  const parts = device.split(
    packed,
    shapes.map((shape) => shape.reduce((product, n) => product * n, 1)),
    0,
  );
  for (const [i, name] of [...matrices, ...biases].entries()) {
    if (name !== null) gradients.set(name, device.reshape(parts[i]!, shapes[i]!));
  }
}

/** `l0`, `l0_reverse`, `l1`, ... */
function directionNames({ first, layers }: Block): string[] {
  return layers.flatMap(({ bidirectional }, i) =>
    (bidirectional ? ['', '_reverse'] : ['']).map((suffix) => `l${first + i}${suffix}`),
  );
}

class FusedPass implements BlockPass {
  readonly #device: Device;
  readonly #block: Block;
  readonly #layer: RecurrentLayer;
  readonly #weights: Weights;
  readonly #extent: Extent;
  readonly #initial: States;
  readonly #options: readonly OpAttribute[];
  /** input, input_h, input_c, params, sequence_lengths. */
  readonly #inputs: readonly Handle[];
  readonly #outputs: Handle;
  /** [L x D, B, H]; the second is empty but for an LSTM. */
  readonly #endH: Handle;
  readonly #endC: Handle;
  readonly #reserved: readonly [Handle, Handle];

  constructor(
    device: Device,
    block: Block,
    weights: Weights,
    x_TBI: Handle,
    extent: Extent,
    initial: States,
  ) {
    [this.#device, this.#block, this.#weights, this.#extent, this.#initial] = [
      device,
      block,
      weights,
      extent,
      initial,
    ];
    const layer = block.layers[0]!;
    this.#layer = layer;
    this.#options = attributes({
      rnn_mode: modes[layer.cell],
      input_mode: 'linear_input',
      direction: layer.bidirectional ? 'bidirectional' : 'unidirectional',
      dropout: { float: 0 },
      seed: 0,
      seed2: 0,
      num_proj: 0,
      time_major: true,
    });
    const { T, B, uneven } = extent;
    const inputC = layer.cell === 'lstm' ? this.#before('c') : device.scalar(0);
    const lengths = uneven?.lengths_B ?? device.ints(new Array<number>(B).fill(T));
    this.#inputs = [x_TBI, this.#before('h'), inputC, packParameters(device, block, weights), lengths];
    const forward = [...this.#options, ...attributes({ is_training: true })];
    const made = device.run('CudnnRNNV3', this.#inputs, forward, 5);
    const [outputs, endH, endC, reserved, hostReserved] = made as [Handle, Handle, Handle, Handle, Handle];
    [this.#outputs, this.#endH, this.#endC] = [outputs, endH, endC];
    this.#reserved = [reserved, hostReserved];
  }

  outputs(): Handle {
    const { uneven } = this.#extent;
    // A sequence of length 0 was given one step.
    return uneven === null
      ? this.#outputs
      : this.#device.select(uneven.within_TB1, this.#outputs, this.#device.scalar(0));
  }

  last(): Handle {
    const { B } = this.#extent;
    const H = this.#layer.hidden;
    const D = this.#layer.bidirectional ? 2 : 1;
    const top_DBH = this.#device.slice(this.#endH, [this.#endH.shape[0]! - D, 0, 0], [D, B, H]);
    return this.#device.reshape(this.#device.transpose(top_DBH, [1, 0, 2]), [B, D * H]);
  }

  final(): States {
    const { B, uneven } = this.#extent;
    const H = this.#layer.hidden;
    const states = new Map<string, Handle>();
    for (const [name, ends] of [
      ['h', this.#endH],
      ['c', this.#endC],
    ] as const) {
      if (name === 'c' && this.#layer.cell !== 'lstm') continue;
      for (const i of this.#block.layers.keys()) {
        const key = `${name}_l${this.#block.first + i}`;
        const end = this.#device.reshape(this.#device.slice(ends, [i, 0, 0], [1, B, H]), [B, H]);
        const before = this.#initial.get(key) ?? this.#device.zeros([B, H]);
        states.set(key, uneven === null ? end : this.#device.select(uneven.present_B1, end, before));
      }
    }
    return states;
  }

  backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null {
    const device = this.#device;
    const zeroLike = (x: Handle) => device.zeros(x.shape);
    const dOutputs = 'outputs' in gradient ? gradient.outputs : zeroLike(this.#outputs);
    const dEndH = 'last' in gradient ? this.#gradientOfEnd(gradient.last) : zeroLike(this.#endH);
    const [input, inputH, inputC, params, lengths] = this.#inputs as [Handle, Handle, Handle, Handle, Handle];
    const forward = [input, inputH, inputC, params, lengths, this.#outputs, this.#endH, this.#endC];
    const [dInput, , , dParams] = device.run(
      'CudnnRNNBackpropV3',
      [...forward, dOutputs, dEndH, zeroLike(this.#endC), ...this.#reserved],
      this.#options,
      4,
    );
    unpackGradients(device, this.#block, this.#weights, dParams!, gradients);
    return inputWanted ? dInput! : null;
  }

  /** [L x D, B, H], from the top layer's [B, D x H]. */
  #gradientOfEnd(last: Handle): Handle {
    const { B } = this.#extent;
    const H = this.#layer.hidden;
    const D = this.#layer.bidirectional ? 2 : 1;
    const below = this.#endH.shape[0]! - D;
    const top_DBH = this.#device.transpose(this.#device.reshape(last, [B, D, H]), [1, 0, 2]);
    return below === 0 ? top_DBH : this.#device.concat([this.#device.zeros([below, B, H]), top_DBH], 0);
  }

  /** [L x D, B, H]: what the layers start from. */
  #before(name: string): Handle {
    const { B } = this.#extent;
    const { layers, first } = this.#block;
    const { hidden: H, bidirectional } = this.#layer;
    if (this.#initial.size === 0) {
      return this.#device.zeros([layers.length * (bidirectional ? 2 : 1), B, H]);
    }
    return this.#device.pack(layers.map((_, i) => this.#initial.get(`${name}_l${first + i}`)!));
  }
}
