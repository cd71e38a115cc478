/**
 * The cuDNN path as far as it can be tested without a GPU. TensorFlow's CPU has the operations but no kernels for them.
 * Here stand-ins are put in their place, which take the parameter vector apart in cuDNN's documented order (all matrices,
 * then all biases; two biases a gate) and compute in double precision: gradients through them must be the reference's.
 */
import { describe, expect, test } from 'vitest';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import { type Binding, type OpAttribute, Type } from '../../src/engines/tensorflow/binding.ts';
import { cudnnRecurrence } from '../../src/engines/tensorflow/cudnn-recurrence.ts';
import { Device } from '../../src/engines/tensorflow/device.ts';
import { engineOn } from '../../src/engines/tensorflow/engine.ts';
import type { Cell } from '../../src/models/spec.ts';
import { Direction, Linear } from '../engines/conformance/double-reference.ts';
import { batchOf, cells, features, optionsOf, relativeError, type Shape } from '../engines/fixtures.ts';
import { binding, engine, forwarding } from './engine.ts';

interface Call {
  readonly name: string;
  readonly lengths: readonly number[];
  readonly attributes: Readonly<Record<string, OpAttribute['value']>>;
  readonly shapes: readonly (readonly number[])[];
}

interface Block {
  readonly cell: Cell;
  readonly directions: number;
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
  readonly layers: number;
}

type Values = Float64Array;

/** What a stand-in may spoil: the results of one call, by their place among its outputs. */
type Spoil = (call: Call, inputs: readonly Values[], outputs: readonly Values[]) => void;

/** TensorFlow with stand-ins for cuDNN, and a list of their calls. */
class EmulatedCudnn {
  readonly calls: Call[] = [];
  /** Changes the results of the next calls. */
  spoil: Spoil = () => {};
  readonly binding: Binding;
  readonly #shapes = new Map<number, readonly number[]>();

  constructor(real: Binding) {
    this.binding = {
      ...forwarding(real),
      createTensor: (shape, type, data) => {
        const id = real.createTensor(shape, type, data);
        this.#shapes.set(id, [...shape]);
        return id;
      },
      executeOp: (name, attributes, inputs, outputs) => {
        const made = name.startsWith('CudnnRNN')
          ? this.#fused(real, name, attributes, inputs)
          : real.executeOp(name, attributes, inputs, outputs);
        for (const { id, shape } of made) this.#shapes.set(id, shape);
        return made;
      },
    };
  }

  #fused(real: Binding, name: string, list: readonly OpAttribute[], ids: readonly number[]) {
    const attributes = Object.fromEntries(list.map((one) => [one.name, one.value]));
    const shapes = ids.map((id) => this.#shapes.get(id)!);
    const inputs = ids.map((id) => Float64Array.from(real.tensorDataSync(id)));
    const call = { name, attributes, shapes, lengths: [...inputs[4]!] };
    this.calls.push(call);
    const [T, B, I] = shapes[0] as [number, number, number];
    const [states, , H] = shapes[1] as [number, number, number];
    const directions = attributes.direction === 'bidirectional' ? 2 : 1;
    const cell = { rnn_relu: 'relu', rnn_tanh: 'tanh', lstm: 'lstm' }[attributes.rnn_mode as string] as Cell;
    const block = { cell, directions, T, B, I, H, layers: states / directions };
    const computed = emulate(block, inputs);
    const put = (values: Values, shape: readonly number[]) => ({
      id: real.createTensor(shape, Type.float, Float32Array.from(values)),
      shape,
    });
    const stateShape = [states, B, H];
    const cellShape = cell === 'lstm' ? stateShape : [];
    if (name === 'CudnnRNNV3') {
      const reserved = [put(new Float64Array(1), [1]), put(new Float64Array(1), [1])];
      const { outputs, endH, endC } = computed;
      this.spoil(call, inputs, [outputs, endH, endC]);
      return [put(outputs, [T, B, directions * H]), put(endH, stateShape), put(endC, cellShape), ...reserved];
    }
    const { dx, dParameters } = computed.backward!;
    this.spoil(call, inputs, [dx, dParameters]);
    const zeros = (shape: readonly number[]) =>
      put(new Float64Array(shape.reduce((a, b) => a * b, 1)), shape);
    return [put(dx, [T, B, I]), zeros(stateShape), zeros(cellShape), put(dParameters, [dParameters.length])];
  }
}

/** Inputs in the operations' order: input, h, c, params, lengths; backward also outputs, ends, and their gradients. */
function emulate({ cell, directions: D, T, B, I, H, layers }: Block, inputs: readonly Values[]) {
  const [x, h0, c0, parameters, lengths, , , , dOutputs, dEndH] = inputs as Values[];
  const G = cell === 'lstm' ? 4 * H : H;
  const dParameters = new Float64Array(parameters!.length);
  // cuDNN's order, written down here a second time.
  let at = 0;
  const next = (size: number): [Values, Values] => {
    at += size;
    return [parameters!.subarray(at - size, at), dParameters.subarray(at - size, at)];
  };
  const linear = ([w, dw]: [Values, Values]) => new Linear(new Map([['w', w]]), new Map([['w', dw]]), 'w');
  const places = Array.from({ length: layers * D }, (_, i) => i);
  const matrices = places.map((i) => {
    const below = i < D ? I : D * H;
    return [linear(next(G * below)), linear(next(G * H))] as const;
  });
  const biases = places.map(() => [linear(next(G)), next(G)[0]] as const);
  expect(at).toBe(parameters!.length);
  for (const [, second] of biases) expect(second.every((b) => b === 0)).toBe(true);

  const outputs = new Float64Array(T * B * D * H);
  const [endH, endC] = [
    new Float64Array(layers * D * B * H),
    new Float64Array(cell === 'lstm' ? layers * D * B * H : 1),
  ];
  const dx = new Float64Array(T * B * I);
  for (let b = 0; b < B; b++) {
    const length = lengths![b]!;
    expect(length).toBeGreaterThan(0);
    const flip = <V>(list: V[], d: number): V[] => (d === 0 ? list : [...list].reverse());
    const row = (t: number, size: number) => (t * B + b) * size;
    let upwards = Array.from({ length }, (_, t) => x!.slice(row(t, I), row(t, I) + I));
    const runs: Direction[][] = [];
    for (let k = 0; k < layers; k++) {
      const own = Array.from({ length: D }, (_, d) => {
        const i = k * D + d;
        const state = (all: Values) => all.slice((i * B + b) * H, (i * B + b + 1) * H);
        const start = [state(h0!), cell === 'lstm' ? state(c0!) : new Float64Array(H)] as const;
        const weights = [...matrices[i]!, biases[i]![0]] as const;
        const run = new Direction(cell, H, weights, flip(upwards, d), ...start);
        endH.set(run.h.at(-1)!, (i * B + b) * H);
        if (cell === 'lstm') endC.set(run.c.at(-1)!, (i * B + b) * H);
        return run;
      });
      const steps = own.map((run, d) => flip(run.h.slice(1), d));
      upwards = steps[0]!.map((_, t) => Float64Array.from(steps.flatMap((all) => [...all[t]!])));
      runs.push(own);
    }
    for (const [t, h] of upwards.entries()) outputs.set(h, row(t, D * H));
    if (dOutputs === undefined) continue;
    let down = Array.from({ length }, (_, t) => dOutputs.slice(row(t, D * H), row(t, D * H) + D * H));
    for (let k = layers - 1; k >= 0; k--) {
      const back = runs[k]!.map((run, d) => {
        const i = k * D + d;
        const dh = flip(
          down.map((both) => both.slice(d * H, (d + 1) * H)),
          d,
        );
        for (let u = 0; u < H; u++) dh[length - 1]![u]! += dEndH![(i * B + b) * H + u]!;
        return flip(run.backward(dh), d);
      });
      down = back[0]!.map((one, t) => one.map((value, j) => value + (back[1] ? back[1][t]![j]! : 0)));
    }
    for (const [t, d] of down.entries()) dx.set(d, row(t, I));
  }
  return { outputs, endH, endC, backward: dOutputs === undefined ? null : { dx, dParameters } };
}

const sizes = { T: 6, B: 4, I: 3, H: 5, O: 4 };
const models = cells.flatMap((cell) =>
  [{ name: 'one layer' }, ...features].flatMap((feature): (Shape & { name: string })[] => [
    { ...sizes, cell, head: 'regression', ...feature },
    { ...sizes, cell, head: 'softmax', everyStep: true, ...feature, name: `${feature.name}, every step` },
  ]),
);

const reference = await referenceRoom.load();
const emulated = binding === null ? null : new EmulatedCudnn(binding);
const emulatedEngine =
  emulated === null ? null : await engineOn({ binding: emulated.binding, gpu: true, versions: {} });

describe.skipIf(binding === null)('cuDNN', () => {
  const fused = emulatedEngine!;

  test.each(models)('gradients through its operations: $cell, $head, $name', async (shape) => {
    expect(fused.info).toMatchObject({ device: 'cuda', instructionSet: 'cudnn' });
    const batch = batchOf(shape);
    const [expected, found] = [reference, fused].map((on) => on.create(optionsOf(shape)));
    emulated!.calls.length = 0;
    const [wanted, result] = [expected!.gradients(batch), found!.gradients(batch)];
    // One operation each way for a stack, unless outputs are dropped between its layers or lengths are uneven.
    const apart = shape.dropout || shape.uneven;
    expect(emulated!.calls.length).toBe(2 * (apart ? (shape.layers ?? 1) : 1));
    // cuDNN is never told another length than T.
    for (const { lengths } of emulated!.calls) expect(lengths).toEqual(new Array(shape.B).fill(shape.T));
    expect(relativeError([result.loss], [wanted.loss])).toBeLessThan(1e-5);
    for (const [name, { data }] of wanted.gradients) {
      expect(relativeError(result.gradients.get(name)!.data, data), name).toBeLessThan(1e-5);
    }
    expect(found!.evaluate(batch).targets).toBe(expected!.evaluate(batch).targets);
    expect(found!.liveUnits(batch)).toBe(expected!.liveUnits(batch));
  });

  test.each(cells)('%s: state is carried from batch to batch', async (cell) => {
    const shape: Shape = { ...sizes, cell, head: 'softmax', everyStep: true, layers: 2, uneven: true };
    const [expected, found] = [reference, fused].map((on) => on.create(optionsOf(shape)));
    for (let index = 0; index < 3; index++) {
      const batch = batchOf(shape, { index, carry: index > 0 });
      const [wanted, result] = [expected!.step(batch, 0.01), found!.step(batch, 0.01)];
      expect(relativeError([result.loss], [wanted.loss])).toBeLessThan(1e-5);
    }
    for (const [name, { data }] of expected!.state().carried) {
      expect(relativeError(found!.state().carried.get(name)!.data, data), name).toBeLessThan(1e-4);
    }
  });

  test('its calls are as TensorFlow declares them', async () => {
    const shape: Shape = { ...sizes, cell: 'lstm', head: 'regression', layers: 2, bidirectional: true };
    emulated!.calls.length = 0;
    fused.create(optionsOf(shape)).gradients(batchOf(shape));
    const { T, B, I, H } = sizes;
    const matrices = 2 * 4 * H * (I + H) + 2 * 4 * H * (2 * H + H);
    const parameters = [matrices + 4 * 2 * 4 * H];
    const attributes = {
      rnn_mode: 'lstm',
      input_mode: 'linear_input',
      direction: 'bidirectional',
      dropout: 0,
      seed: 0,
      seed2: 0,
      num_proj: 0,
      time_major: true,
    };
    const states = [4, B, H];
    const inputs = [[T, B, I], states, states, parameters, [B]];
    const outputs = [[T, B, 2 * H], states, states];
    const lengths = new Array(B).fill(T);
    expect(emulated!.calls).toEqual([
      { name: 'CudnnRNNV3', attributes: { ...attributes, is_training: true }, shapes: inputs, lengths },
      {
        name: 'CudnnRNNBackpropV3',
        attributes,
        shapes: [...inputs, ...outputs, ...outputs, [1], [1]],
        lengths,
      },
    ]);
  });

  test('TensorFlow knows the operations and takes the calls: only kernels for the CPU are missing', () => {
    const device = new Device(binding!);
    const layer = { cell: 'lstm', hidden: 2, bidirectional: true } as const;
    const forward = () =>
      device.scope(() => {
        const shapes: [string, number[]][] = ['l0', 'l0_reverse'].flatMap((name) => [
          [`rnn.weight_ih_${name}`, [8, 3]],
          [`rnn.weight_hh_${name}`, [8, 2]],
          [`rnn.bias_ih_${name}`, [8]],
        ]);
        const weights = new Map(shapes.map(([name, shape]) => [name, device.zeros(shape)]));
        const block = { first: 0, layers: [layer] };
        const extent = { T: 4, B: 5, uneven: null };
        cudnnRecurrence.forward(device, block, weights, device.zeros([4, 5, 3]), extent, new Map());
      });
    expect(forward).toThrow(/CudnnRNNV3/);
    expect(forward).toThrow(/no registered.*kernels|Could not find (valid )?device/i);
    expect(forward).not.toThrow(/missing attr|not registered|invalid name|type mismatch/i);
    device.dispose();
  });

  /** What TensorFlow finds a kernel and its cached descriptors by: the attributes, then the sizes of the call. */
  const keyOf = ({ attributes: { is_training, ...kernel }, shapes }: Call) => {
    const [[T, , I], [states, , H]] = shapes as [number[], number[]];
    return JSON.stringify({ kernel, T, I, states, H });
  };

  test.each(cells)('%s: even and uneven batches never share a descriptor', async (cell) => {
    const keysOf = (shape: Shape) => {
      emulated!.calls.length = 0;
      const trainer = fused.create(optionsOf(shape));
      trainer.step(batchOf(shape), 0.01);
      trainer.evaluate(batchOf(shape));
      return emulated!.calls.map(keyOf);
    };
    for (const [layers, bidirectional] of [
      [1, false],
      [2, true],
    ] as const) {
      // I = H, so that layers differ by nothing else.
      const shape: Shape = { ...sizes, I: 5, cell, head: 'softmax', everyStep: true, layers, bidirectional };
      const wider = { ...shape, I: 6 };
      const even = new Set([...keysOf(shape), ...keysOf(wider)]);
      const uneven = keysOf({ ...shape, uneven: true });
      expect(uneven.length).toBeGreaterThan(0);
      expect(uneven.filter((key) => even.has(key))).toEqual([]);
    }
  });

  /** Whether step (t, b) of a call's input is beyond the end of its sequence: the additional feature is 1 there. */
  const isPast = ({ attributes, shapes }: Call, x: Values, row: number) => {
    const I = shapes[0]![2]!;
    return attributes.seed2 === 1 && x[row * I + I - 1] === 1;
  };

  test.each(cells)('%s: nothing that cuDNN leaves beyond the ends counts', async (cell) => {
    const dirty = new EmulatedCudnn(binding!);
    const onDirty = await engineOn({ binding: dirty.binding, gpu: true, versions: {} });
    expect(onDirty.info.instructionSet).toBe('cudnn');
    dirty.spoil = (call, [x], results) => {
      // The outputs, or the gradient of the input: row by row of [T, B].
      const values = results[0]!;
      const [T, B] = call.shapes[0] as [number, number];
      const width = values.length / (T * B);
      for (let row = 0; row < T * B; row++) {
        if (isPast(call, x!, row)) values.fill(Number.NaN, row * width, (row + 1) * width);
      }
    };
    for (const feature of [{ layers: 2 }, { layers: 2, bidirectional: true }]) {
      const shape: Shape = {
        ...sizes,
        ...feature,
        cell,
        head: 'softmax',
        everyStep: true,
        uneven: true,
        vocabulary: 7,
      };
      const [wanted, found] = [reference, onDirty].map((on) =>
        on.create(optionsOf(shape)).gradients(batchOf(shape)),
      );
      for (const [name, { data }] of wanted!.gradients) {
        expect(relativeError(found!.gradients.get(name)!.data, data), name).toBeLessThan(1e-5);
      }
    }
  });

  test('a ReLU that would overflow beyond the end of a sequence does not', async () => {
    const shape: Shape = { ...sizes, T: 40, cell: 'relu', head: 'softmax', everyStep: true, uneven: true };
    const options = optionsOf(shape);
    // Grows by a factor of 20 a step: past the largest float32 after 30.
    options.parameters.get('rnn.weight_hh_l0')!.data.fill(4);
    const batch = { ...batchOf(shape), lengths: Int32Array.of(3, 0, 2, 4) };
    batch.target.fill(-1, 2 * shape.B);
    batch.target.fill(-1, 1, 2).fill(-1, shape.B + 1, shape.B + 2);
    const [wanted, found] = [reference, fused].map((on) => on.create(options).gradients(batch));
    expect(Number.isFinite(found!.loss)).toBe(true);
    for (const [name, { data }] of wanted!.gradients) {
      expect(relativeError(found!.gradients.get(name)!.data, data), name).toBeLessThan(1e-5);
    }
  });

  test.each([
    // Parameters in another order, say: always wrong.
    ['outputs', () => true, /relu layers: outputs differ by .*\(even lengths, round 1 of 5\)/],
    // A stale descriptor.
    [
      'uneven after even lengths',
      (call: Call, n: number) => call.attributes.seed2 === 1 && n > 20,
      /outputs differ by .*\(uneven lengths, round \d of 5\)/,
    ],
    // What goes wrong once.
    ['one call of many', (_: Call, n: number) => n === 17, /differ by .*round [2-5] of 5\)/],
  ])('an operation that gives something else is not used, and why is said: %s', async (_, when, reason) => {
    const wrong = new EmulatedCudnn(binding!);
    wrong.spoil = (call, __, [outputs]) => {
      if (call.name !== 'CudnnRNNV3' || !when(call, wrong.calls.length)) return;
      for (let i = 0; i < outputs!.length; i++) outputs![i] = -outputs![i]! - 0.1;
    };
    const { info } = await engineOn({ binding: wrong.binding, gpu: true, versions: {} });
    expect(info.instructionSet).toBe('raw');
    expect(info.kernelReason).toMatch(reason);
  });

  test('what is not a number is not used either', async () => {
    const wrong = new EmulatedCudnn(binding!);
    wrong.spoil = ({ name }, _, [, dParameters]) => {
      if (name === 'CudnnRNNBackpropV3') dParameters!.fill(Number.NaN);
    };
    const { info } = await engineOn({ binding: wrong.binding, gpu: true, versions: {} });
    expect(info.kernelReason).toMatch(/gradients of rnn\.weight_ih_l0 differ by NaN/);
  });

  test('why cuDNN fails is said; where it must not be tried, it is not', async () => {
    const failing: Binding = {
      ...forwarding(binding!),
      executeOp: (name, attributes, inputs, outputs) => {
        if (name.startsWith('CudnnRNN')) throw new Error('CUDNN_STATUS_EXECUTION_FAILED\nmore');
        return binding!.executeOp(name, attributes, inputs, outputs);
      },
    };
    const found = { binding: failing, gpu: true, versions: {} };
    expect((await engineOn(found)).info).toMatchObject({
      instructionSet: 'raw',
      kernelReason: "cuDNN's relu layers fail: CUDNN_STATUS_EXECUTION_FAILED",
    });
    const parts = "cuDNN's parts are not found: libcudnn_adv.so.9";
    expect((await engineOn(found, parts)).info.kernelReason).toBe(parts);
    expect(engine!.info).toMatchObject({ instructionSet: 'raw', kernelReason: 'cuDNN needs a GPU' });
  });
});
