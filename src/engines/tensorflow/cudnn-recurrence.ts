import { isDeepStrictEqual } from 'node:util';
import type { Cell, RecurrentLayer } from '../../models/spec.ts';
import { attributes, type OpAttribute } from './binding.ts';
import {
  type DirectionParameters,
  packParameters,
  parametersOf,
  unpackGradients,
} from './cudnn-parameters.ts';
import type { Device, Handle } from './device.ts';
import { heldInput, heldWeights, releasedGradients, releasedInput } from './hold.ts';
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

/** Of the cells that the engine has: the trainer has refused every other. */
const modes: Readonly<Partial<Record<Cell, string>>> = { relu: 'rnn_relu', tanh: 'rnn_tanh', lstm: 'lstm' };

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

class FusedPass implements BlockPass {
  readonly #device: Device;
  readonly #block: Block;
  readonly #layer: RecurrentLayer;
  readonly #extent: Extent;
  readonly #initial: States;
  readonly #options: readonly OpAttribute[];
  readonly #parameters: readonly DirectionParameters[];
  /** input, input_h, input_c, params, sequence_lengths. */
  readonly #inputs: readonly Handle[];
  /** [T, B, D x H]; anything beyond a sequence's end. */
  readonly #outputs: Handle;
  /** After all T steps, [L x D, B, H]; the second is empty but for an LSTM. */
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
    [this.#device, this.#block, this.#extent, this.#initial] = [device, block, extent, initial];
    const layer = block.layers[0]!;
    this.#layer = layer;
    const { T, B, uneven } = extent;
    this.#options = attributes({
      rnn_mode: modes[layer.cell]!,
      input_mode: 'linear_input',
      direction: layer.bidirectional ? 'bidirectional' : 'unidirectional',
      dropout: { float: 0 },
      seed: 0,
      // Drops nothing here, but gives uneven batches kernels of their own, and with them a cache of descriptors.
      seed2: uneven === null ? 0 : 1,
      num_proj: 0,
      time_major: true,
    });
    const own = parametersOf(block, weights);
    this.#parameters =
      uneven === null
        ? own
        : own.map((one) => ({ ...one, wIh_GI: heldWeights(device, layer.cell, one.wIh_GI, one.bias_G) }));
    const input = uneven === null ? x_TBI : heldInput(device, x_TBI, uneven);
    const inputC = layer.cell === 'lstm' ? this.#before('c') : device.scalar(0);
    const full = device.ints(new Array<number>(B).fill(T));
    this.#inputs = [input, this.#before('h'), inputC, packParameters(device, this.#parameters), full];
    const forward = [...this.#options, ...attributes({ is_training: true })];
    const made = device.run('CudnnRNNV3', this.#inputs, forward, 5);
    const [outputs, endH, endC, reserved, hostReserved] = made as [Handle, Handle, Handle, Handle, Handle];
    [this.#outputs, this.#endH, this.#endC] = [outputs, endH, endC];
    this.#reserved = [reserved, hostReserved];
  }

  outputs(): Handle {
    const { uneven } = this.#extent;
    return uneven === null
      ? this.#outputs
      : this.#device.select(uneven.within_TB1, this.#outputs, this.#device.scalar(0));
  }

  last(): Handle {
    const device = this.#device;
    const { B, uneven } = this.#extent;
    const H = this.#layer.hidden;
    const D = this.#layer.bidirectional ? 2 : 1;
    if (uneven === null) {
      const top_DBH = device.slice(this.#endH, [this.#endH.shape[0]! - D, 0, 0], [D, B, H]);
      return device.reshape(device.transpose(top_DBH, [1, 0, 2]), [B, D * H]);
    }
    const ahead_BH = device.slice(device.gather(this.#outputs, uneven.last_B2), [0, 0], [B, H]);
    if (D === 1) return ahead_BH;
    const back_BH = device.reshape(device.slice(this.#endH, [1, 0, 0], [1, B, H]), [B, H]);
    return device.concat([ahead_BH, back_BH], 1);
  }

  final(): States {
    const device = this.#device;
    const { B, uneven } = this.#extent;
    const { hidden: H, bidirectional, cell } = this.#layer;
    const states = new Map<string, Handle>();
    if (bidirectional) return states;
    for (const i of this.#block.layers.keys()) {
      const endOf = (ends: Handle) => device.reshape(device.slice(ends, [i, 0, 0], [1, B, H]), [B, H]);
      const held = (name: string, end: Handle) => {
        const key = `${name}_l${this.#block.first + i}`;
        if (uneven === null) return states.set(key, end);
        const before = this.#initial.get(key) ?? device.zeros([B, H]);
        return states.set(key, device.select(uneven.present_B1, end, before));
      };
      // The cell is held still beyond the end; the output is not.
      held('h', uneven === null ? endOf(this.#endH) : device.gather(this.#outputs, uneven.last_B2));
      if (cell === 'lstm') held('c', endOf(this.#endC));
    }
    return states;
  }

  backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null {
    const device = this.#device;
    const { uneven } = this.#extent;
    const [input, inputH, inputC, params, lengths] = this.#inputs as [Handle, Handle, Handle, Handle, Handle];
    const forward = [input, inputH, inputC, params, lengths, this.#outputs, this.#endH, this.#endC];
    const [dOutputs, dEndH] = this.#gradientsOfOutputs(gradient);
    const [dInput, , , dParams] = device.run(
      'CudnnRNNBackpropV3',
      [...forward, dOutputs, dEndH, device.zeros(this.#endC.shape), ...this.#reserved],
      this.#options,
      4,
    );
    for (const found of unpackGradients(device, this.#parameters, dParams!)) {
      const { dwIh_GI, dBias_G } =
        uneven === null
          ? { dwIh_GI: found.wIh_GI, dBias_G: found.bias_G }
          : releasedGradients(device, this.#layer.cell, found.wIh_GI, found.bias_G);
      gradients.set(found.names[0], dwIh_GI);
      gradients.set(found.names[1], found.wHh_GH);
      gradients.set(found.names[2], dBias_G);
    }
    if (!inputWanted) return null;
    return uneven === null ? dInput! : releasedInput(device, dInput!, uneven);
  }

  /** Of the outputs at every step, and of the states after the last: none beyond a sequence's end. */
  #gradientsOfOutputs(gradient: OutputGradient): [outputs: Handle, endH: Handle] {
    const device = this.#device;
    const { T, B, uneven } = this.#extent;
    const H = this.#layer.hidden;
    const noEnd = () => device.zeros(this.#endH.shape);
    if ('outputs' in gradient) {
      const { outputs } = gradient;
      return [
        uneven === null ? outputs : device.select(uneven.within_TB1, outputs, device.scalar(0)),
        noEnd(),
      ];
    }
    if (uneven === null) return [device.zeros(this.#outputs.shape), this.#gradientOfEnd(gradient.last)];
    if (!this.#layer.bidirectional) {
      return [device.scatter(uneven.last_B2, gradient.last, [T, B, H]), noEnd()];
    }
    const [ahead_BH, back_BH] = device.split(gradient.last, [H, H], 1) as [Handle, Handle];
    const ahead_TBH = device.scatter(uneven.last_B2, ahead_BH, [T, B, H]);
    return [
      device.concat([ahead_TBH, device.zeros([T, B, H])], 2),
      device.pack([device.zeros([B, H]), back_BH]),
    ];
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
