/** What the addon makes of calls that make no sense: exceptions, whatever they are given, and no harm done. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { describeNetwork } from '../../src/engines/kernels/describe.ts';
import { arrays, layerNumbers, networkNumbers } from '../../src/engines/kernels/description.ts';
import { loadAddon } from '../../src/engines/native/engine.ts';
import { batchOf, modelOf, optionsOf, type Shape } from './fixtures.ts';

const addon = loadAddon();
const set = addon.instructionSets()[0]!;
type Args = readonly unknown[];
type TypedArray = Float32Array | Float64Array | Int32Array;
const isArray = (value: unknown): value is TypedArray => ArrayBuffer.isView(value);

/** Networks that differ in what a call's arguments are. The last has momentum, so that slot_1 is there to be written. */
const sizes = { T: 6, B: 5, I: 3, H: 4, O: 9 };
const networks = [
  { shape: { cell: 'relu', head: 'regression', ...sizes } },
  { shape: { cell: 'lstm', head: 'softmax', bidirectional: true, uneven: true, ...sizes } },
  { shape: { cell: 'tanh', head: 'softmax', everyStep: true, uneven: true, vocabulary: 7, ...sizes } },
  {
    shape: { cell: 'lstm', head: 'softmax', everyStep: true, vocabulary: 7, ...sizes },
    samples: 2,
    momentum: 0.9,
  },
].map(
  ({
    shape,
    samples = null,
    momentum = 0,
  }: {
    shape: object;
    samples?: number | null;
    momentum?: number;
  }) => {
    const options = optionsOf(shape as Shape, {
      softmaxSamples: samples,
      optimizer: { name: 'sgd', momentum },
    });
    const description = describeNetwork({ engine: 'native' }, options, 1);
    const network = addon.create(set, description);
    const size = [...options.parameters.values()].reduce((sum, { data }) => sum + data.length, 0);
    addon.write(network, arrays.parameters, new Float32Array(size).fill(0.1));
    return { shape: shape as Shape, sampled: samples !== null, description, network, size, momentum };
  },
);
type Network = (typeof networks)[number];

afterAll(() => {
  for (const { network } of networks) addon.dispose(network);
});

/** For the report of a failure. A network cannot become a string by itself. */
function inWords(value: unknown): string {
  if (isArray(value)) return `${value.constructor.name}(${value.length})`;
  return typeof value === 'object' ? Object.prototype.toString.call(value) : String(value);
}

/** A call that succeeds. */
interface Call {
  readonly name: keyof typeof addon;
  readonly args: Args;
}

function callsOf({ shape, sampled, description, network, size, momentum }: Network): readonly Call[] {
  const { x_TIB, target, lengths, size: B, steps, index } = batchOf(shape);
  const batch = [network, x_TIB, target, lengths, B, steps, 0, index];
  const places = sampled ? target.map((place) => place % 4) : target;
  const sample = sampled ? [Int32Array.of(1, 2, 5, 8), new Float32Array(4), 2] : [null, null, 0];
  const training = [network, x_TIB, places, lengths, B, steps, 0, index, ...sample];
  const predicted = shape.head === 'softmax' ? new Int32Array(target.length) : null;
  const states = (shape.cell === 'lstm' ? 2 : 1) * shape.H * shape.B;
  const carried = new Float32Array(shape.bidirectional ? 0 : states);
  return [
    { name: 'create', args: [set, description] },
    { name: 'step', args: [...training, 0.01, new Float64Array(4)] },
    { name: 'gradients', args: training },
    { name: 'evaluate', args: [...batch, predicted] },
    { name: 'liveUnits', args: batch },
    { name: 'read', args: [network, arrays.parameters, new Float32Array(size)] },
    { name: 'read', args: [network, arrays.gradients, new Float32Array(size)] },
    { name: 'write', args: [network, momentum ? arrays.slot1 : arrays.parameters, new Float32Array(size)] },
    { name: 'carried', args: [network, carried] },
    { name: 'setCarried', args: [network, carried] },
    { name: 'updates', args: [network] },
    { name: 'setUpdates', args: [network, 3] },
    { name: 'dispose', args: [network] },
    { name: 'peakFlops', args: [set, 0] },
  ];
}

const run = ({ name }: Call, args: Args): unknown => (addon[name] as (...args: Args) => unknown)(...args);

/** Arrays that look nearly like a given one. */
function spoiltArrays(array: TypedArray): readonly unknown[] {
  const bytes = new Uint8Array(array.buffer.slice(0));
  const detached = array.slice();
  structuredClone(detached, { transfer: [detached.buffer] });
  const longer = new (array.constructor as Float32ArrayConstructor)(array.length + 1);
  const shared = new SharedArrayBuffer(array.byteLength);
  return [
    longer,
    bytes,
    new DataView(array.buffer),
    [...array],
    array instanceof Int32Array ? Float32Array.from(array) : Int32Array.from(array),
    ...(array.length === 0 ? [] : [array.subarray(1), detached]),
    ...(array.length === 0 ? [] : [new (array.constructor as Float32ArrayConstructor)(shared as never)]),
  ];
}

const numbers = [
  -1,
  -0.5,
  0.5,
  2 ** 31,
  2 ** 32,
  -(2 ** 31),
  2 ** 53 * 4,
  1e300,
  -1e300,
  NaN,
  Infinity,
  -Infinity,
];
const strangers = [
  undefined,
  null,
  true,
  'relu',
  '',
  1n,
  Symbol('x'),
  {},
  [],
  () => 1,
  new Map(),
  Object.create(null),
];

/** What must not be taken for argument `place` of a call. */
function spoilt({ name, args }: Call, place: number): fc.Arbitrary<unknown> {
  const value = args[place];
  const takesBatch = /^(step|gradients|evaluate|liveUnits)$/.test(name);
  if (isArray(value)) {
    const wrong = fc.constantFrom(...strangers, ...numbers, ...spoiltArrays(value));
    const lengths = takesBatch && place === 3; // a batch of whole sequences has none
    return lengths ? wrong.filter((candidate) => candidate !== null) : wrong;
  }
  if (typeof value === 'number') {
    const any = name === 'step' && place === args.length - 2; // the learning rate
    const counts = (takesBatch && place === 7) || name === 'setUpdates';
    const fitting = (n: number) =>
      any || (counts && n >= 0 && Number.isSafeInteger(n)) || (name === 'peakFlops' && n === 0.5);
    return fc.constantFrom(...strangers, ...numbers.filter((n) => !fitting(n)));
  }
  if (typeof value === 'string') return fc.constantFrom(...strangers, 'avx3', 'x'.repeat(1000), ...numbers);
  if (value === null) {
    return fc.constantFrom(...strangers.filter((each) => each !== null), ...numbers, new Float64Array(3));
  }
  return fc.constantFrom(...strangers, ...numbers, new Float32Array(3), process); // a network
}

describe('a call that makes no sense', () => {
  it('is made by nobody here: all of them succeed as they are', () => {
    for (const network of networks) {
      for (const call of callsOf(network).filter(({ name }) => name !== 'dispose')) {
        expect(() => run(call, call.args), call.name).not.toThrow();
      }
    }
  });

  it('throws, and leaves the networks as they were: 5,000 calls with wrong types and sizes', () => {
    const everything = () =>
      networks.map((network) => {
        const parameters = new Float32Array(network.size);
        addon.read(network.network, arrays.parameters, parameters);
        return { parameters, updates: addon.updates(network.network) };
      });
    const before = everything();
    const wrongCalls = fc
      .record({ network: fc.constantFrom(...networks), which: fc.nat() })
      .map(({ network, which }) => {
        const calls = callsOf(network);
        return calls[which % calls.length]!;
      })
      .chain((call) =>
        fc.nat(call.args.length - 1).chain((place) => {
          const wrong = (args: Args, how: string) => ({
            call,
            args,
            [fc.toStringMethod]: () => `${call.name}(${call.args.map(inWords).join(', ')}) ${how}`,
          });
          const missing = fc.constant(wrong(call.args.slice(0, place), `without argument ${place}`));
          const other = spoilt(call, place).map((value) =>
            wrong(call.args.with(place, value), `with argument ${place} ${inWords(value)}`),
          );
          return fc.oneof({ weight: 1, arbitrary: missing }, { weight: 9, arbitrary: other });
        }),
      );
    let thrown = 0;
    fc.assert(
      fc.property(wrongCalls, ({ call, args }) => {
        expect(() => run(call, args)).toThrow(Error);
        thrown += 1;
      }),
      { numRuns: 5_000 },
    );
    expect(thrown).toBe(5_000);
    expect(everything()).toEqual(before);
  });

  it('throws when the numbers of a description are out of bounds', () => {
    const description = networks[0]!.description;
    const anywhere = fc.record({
      place: fc.nat(description.length - 1),
      value: fc.constantFrom(-1, -1e9, 1e305, NaN, Infinity, -Infinity),
    });
    fc.assert(
      fc.property(anywhere, ({ place, value }) => {
        expect(() => addon.create(set, description.with(place, value))).toThrow(/is a (whole )?number from/);
      }),
      { numRuns: 500 },
    );
    const lengths = fc.nat(2_000).filter((length) => length !== description.length);
    fc.assert(
      fc.property(lengths, (length) => {
        const beyond = Float64Array.from({ length }, (_, i) => description[i] ?? -1);
        expect(() => addon.create(set, beyond)).toThrow(/network/);
      }),
    );
  });

  it.each([
    ['a cell below all', 'cell', -1, /cell is a whole number from 0 to 2, not -1/],
    ['a cell beyond all', 'cell', 3, /cell/],
    ['a rule below all', 'rule', -1, /rule is a whole number from 0 to 2, not -1/],
    ['half a unit', 'hidden', 4.5, /hidden is a whole number from 1 to 1048576, not 4.5/],
    ['a regression at every step', 'everyStep', 1, /every step/],
    ['a regression that samples', 'samples', 1, /samples/],
    ['a dropout of everything', 'dropout', 1, /dropout/],
    ['more steps than can be counted', 'steps', 2 ** 24, null],
  ])('names what is wrong with %s', (_, name, value, message) => {
    const place = [...networkNumbers, ...layerNumbers].indexOf(name as (typeof networkNumbers)[number]);
    const description = networks[0]!.description.with(place, value);
    if (message !== null) expect(() => addon.create(set, description)).toThrow(message);
    else
      expect(() => addon.create(set, description.with(networkNumbers.indexOf('batch'), 99))).toThrow(/large/);
  });

  it('throws when a network is larger than any memory, without an overflow on the way there', () => {
    const model = modelOf({ cell: 'lstm', head: 'regression', layers: 64, bidirectional: true, ...sizes });
    const layers = model.layers.map((layer) => ({ ...layer, hidden: 2 ** 20 }));
    const options = optionsOf(networks[0]!.shape);
    const description = describeNetwork({ engine: 'native' }, { ...options, model: { ...model, layers } }, 1);
    expect(() => addon.create(set, description)).toThrow(/not enough memory/);
  });

  it('throws for a number in a batch that would be an address out of bounds', () => {
    const tokens = networks[2]!;
    const [, , , evaluate] = callsOf(tokens);
    const [network, x, target, lengths, ...rest] = evaluate!.args as [
      unknown,
      Int32Array,
      Int32Array,
      Int32Array,
      unknown,
    ];
    const call =
      (...args: Args) =>
      () =>
        run(evaluate!, [network, ...args, ...rest]);
    for (const wrong of [-1, 7, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(call(x.with(0, wrong), target, lengths)).toThrow(/vocabulary/);
      expect(call(x, target, lengths.with(0, wrong))).toThrow(/length/);
    }
    for (const wrong of [-2, 9, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(call(x, target.with(0, wrong), lengths)).toThrow(/target/);
    }
    const [, step] = callsOf(networks[3]!);
    for (const wrong of [-1, 9]) {
      expect(() => run(step!, step!.args.with(8, Int32Array.of(1, 2, 5, wrong)))).toThrow(/class/);
    }
  });

  it('throws when predictions would be written over the batch', () => {
    const [, , , evaluate] = callsOf(networks[2]!);
    const memory = new Int32Array(evaluate!.args[1] as Int32Array).buffer;
    const aliased = evaluate!.args.with(1, new Int32Array(memory)).with(8, new Int32Array(memory));
    expect(() => run(evaluate!, aliased)).toThrow(/overwrite/);
  });

  it('throws when a state is to be carried in both directions', () => {
    for (const call of callsOf(networks[1]!).filter(({ name }) =>
      /step|gradients|evaluate|liveUnits/.test(name),
    )) {
      expect(() => run(call, call.args.with(6, 1)), call.name).toThrow(/both directions/);
    }
  });

  it('throws for arrays that a rule does not have and for gradients to be written', () => {
    const { network, size } = networks[0]!;
    const values = new Float32Array(size);
    for (const array of [arrays.slot1, arrays.slot2] as const) {
      expect(() => addon.read(network, array, values)).toThrow(/no such array/);
      expect(() => addon.write(network, array, values)).toThrow(/no such array/);
    }
    expect(() => addon.write(network, arrays.gradients, values)).toThrow(/no such array/);
    expect(() => addon.read(network, 4 as never, values)).toThrow(/no such array/);
  });

  it('throws when a network was disposed of; disposing twice is harmless', () => {
    const network = addon.create(set, networks[0]!.description);
    addon.dispose(network);
    addon.dispose(network);
    expect(() => addon.updates(network)).toThrow(/disposed/);
  });
});

describe('the description of a network', () => {
  it('is in TypeScript what it is in C++', () => {
    const script = fileURLToPath(new URL('../../scripts/describe-native.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
