import type { Cell } from '../../models/cells.ts';
import type { RecurrentLayer } from '../../models/spec.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { blockLstm } from './block-lstm.ts';
import type { Device, Handle } from './device.ts';
import type { DirectionPass } from './direction.ts';
import { plainCell } from './plain-cell.ts';
import {
  type BlockPass,
  type Extent,
  type Gradients,
  type OutputGradient,
  type Recurrence,
  type States,
  singleLayers,
  type Weights,
} from './recurrence.ts';

/** For devices that cuDNN does not serve: a layer a block, a direction after the other. */
export const rawRecurrence: Recurrence = {
  name: 'raw',
  blocks: singleLayers,
  forward(device, { first, layers: [layer] }, weights, x_TBI, extent, initial): BlockPass {
    return new LayerPass(device, layer!, first, weights, x_TBI, extent, initial);
  },
};

/** The cells that this engine has. */
const directions: Readonly<Partial<Record<Cell, typeof blockLstm>>> = {
  relu: plainCell,
  tanh: plainCell,
  lstm: blockLstm,
};

/** How a cell is computed. Throws UserError (78) for one that this engine does not have. */
export function directionOf(cell: Cell): typeof blockLstm {
  const direction = directions[cell];
  if (direction !== undefined) return direction;
  throw new UserError(
    ExitCode.badConfig,
    `the tensorflow engine has no ${cell} cells; it has ${Object.keys(directions).join(', ')}.\n` +
      'Use --engine reference, which has all.',
  );
}

class LayerPass implements BlockPass {
  readonly #device: Device;
  readonly #layer: RecurrentLayer;
  readonly #k: number;
  readonly #extent: Extent;
  readonly #initial: States;
  /** Forward, and reverse if there is one. */
  readonly #directions: readonly DirectionPass[];

  constructor(
    device: Device,
    layer: RecurrentLayer,
    k: number,
    weights: Weights,
    x_TBI: Handle,
    extent: Extent,
    initial: States,
  ) {
    [this.#device, this.#layer, this.#k, this.#extent, this.#initial] = [device, layer, k, extent, initial];
    const run = directionOf(layer.cell);
    const start = { h: this.#before('h'), c: this.#before('c') };
    this.#directions = (layer.bidirectional ? ['', '_reverse'] : ['']).map((suffix) => {
      const names = ['weight_ih', 'weight_hh', 'bias_ih'].map((name) => `rnn.${name}_l${k}${suffix}`);
      const [wIh_GI, wHh_GH, bias_G] = names.map((name) => weights.get(name)!) as [Handle, Handle, Handle];
      const own = { wIh_GI, wHh_GH, bias_G, names: names as [string, string, string] };
      const input = suffix === '' ? x_TBI : this.#reversed(x_TBI);
      return run(device, layer.cell, own, input, extent, start);
    });
  }

  outputs(): Handle {
    const [forward, reverse] = this.#directions;
    const ahead = this.#within(forward!.outputs());
    if (reverse === undefined) return ahead;
    return this.#device.concat([ahead, this.#reversed(this.#within(reverse.outputs()))], 2);
  }

  last(): Handle {
    return this.#device.concat(
      this.#directions.map((direction) =>
        this.#atLast(
          () => direction.outputs(),
          () => direction.end().h,
        ),
      ),
      1,
    );
  }

  final(): States {
    const [forward] = this.#directions;
    const { uneven } = this.#extent;
    const held = (name: string, state: Handle) =>
      uneven === null ? state : this.#device.select(uneven.present_B1, state, this.#before(name));
    const h = this.#atLast(
      () => forward!.outputs(),
      () => forward!.end().h,
    );
    const states = new Map([[`h_l${this.#k}`, held('h', h)]]);
    const { cells } = forward!;
    if (cells !== null) {
      const c = this.#atLast(
        () => cells,
        () => forward!.end().c!,
      );
      states.set(`c_l${this.#k}`, held('c', c));
    }
    return states;
  }

  backward(gradient: OutputGradient, gradients: Gradients, inputWanted: boolean): Handle | null {
    const { uneven, T, B } = this.#extent;
    const H = this.#layer.hidden;
    const apart = (both: Handle, axis: number) =>
      this.#directions.length === 1 ? [both] : this.#device.split(both, [H, H], axis);
    const own = 'last' in gradient ? apart(gradient.last, 1) : apart(gradient.outputs, 2);
    const inputs = this.#directions.map((direction, d) => {
      let mine: OutputGradient;
      if ('last' in gradient) {
        // Sequences of length 0 have a first step here; their gradient is zero.
        mine =
          uneven === null
            ? { last: own[d]! }
            : { outputs: this.#device.scatter(uneven.last_B2, own[d]!, [T, B, H]) };
      } else {
        const within = this.#within(own[d]!);
        mine = { outputs: d === 0 ? within : this.#reversed(within) };
      }
      const dx = direction.backward(mine, gradients, inputWanted);
      return dx === null || d === 0 ? dx : this.#reversed(dx);
    });
    const [ahead, back] = inputs;
    return ahead && back ? this.#device.add(ahead, back) : (ahead ?? null);
  }

  #atLast(every: () => Handle, end: () => Handle): Handle {
    const { uneven } = this.#extent;
    return uneven === null ? end() : this.#device.gather(every(), uneven.last_B2);
  }

  #before(name: string): Handle {
    return (
      this.#initial.get(`${name}_l${this.#k}`) ?? this.#device.zeros([this.#extent.B, this.#layer.hidden])
    );
  }

  #reversed(x: Handle): Handle {
    const { T, B, uneven } = this.#extent;
    return this.#device.reverse(x, uneven?.lengths_B ?? this.#device.ints(new Array<number>(B).fill(T)));
  }

  /** Zero beyond the ends of the sequences. */
  #within(x: Handle): Handle {
    const { uneven } = this.#extent;
    return uneven === null ? x : this.#device.select(uneven.within_TB1, x, this.#device.scalar(0));
  }
}
