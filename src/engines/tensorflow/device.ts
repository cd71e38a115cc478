import { attributes, type Binding, type OpAttribute, Type } from './binding.ts';

/** A tensor on the device. */
export interface Handle {
  readonly id: number;
  readonly shape: readonly number[];
}

/**
 * Attributes that say more than their default. Types follow from the inputs, except in operations on lists; each
 * attribute costs a microsecond to pass.
 */
const none: readonly OpAttribute[] = [];
const transposeFirst = attributes({ transpose_a: true });
const transposeSecond = attributes({ transpose_b: true });
const reverseAttributes = attributes({ seq_dim: 0, batch_dim: 1 });
const toDouble = attributes({ type: { type: Type.double } });
const concatAttributes = memoised((N) =>
  attributes({ T: { type: Type.float }, Tidx: { type: Type.int32 }, N }),
);
const packAttributes = memoised((N) => attributes({ T: { type: Type.float }, N }));
const splitAttributes = memoised((n) => attributes({ num_split: n }));
const unpackAttributes = memoised((num) => attributes({ num }));

/** Constant numbers that are kept on the device. */
const SCALARS = 1_000;

/**
 * TensorFlow's operations on tensors that live on the device, and the bookkeeping of when they are freed: a tensor
 * made within a `scope` goes with it, unless it is kept.
 */
export class Device {
  readonly binding: Binding;
  readonly #constants = new Map<string, Handle>();
  /** Constant numbers, from the one used longest ago. */
  readonly #scalars = new Map<number, Handle>();
  #scope: Handle[] | null = null;
  #kept = new Set<number>();

  constructor(binding: Binding) {
    this.binding = binding;
  }

  /** Frees all tensors made by `body`, apart from those that it passes to `keep`. */
  scope<T>(body: () => T): T {
    const [outer, outerKept] = [this.#scope, this.#kept];
    const made: Handle[] = [];
    [this.#scope, this.#kept] = [made, new Set()];
    try {
      return body();
    } finally {
      for (const { id } of made) if (!this.#kept.has(id)) this.binding.deleteTensor(id);
      [this.#scope, this.#kept] = [outer, outerKept];
      if (outer === null) this.#forgetOldScalars();
    }
  }

  /** Lets a tensor outlive the innermost scope, until `free`. Returns it. */
  keep(handle: Handle): Handle {
    this.#kept.add(handle.id);
    return handle;
  }

  free(handles: Iterable<Handle>): void {
    for (const { id } of handles) this.binding.deleteTensor(id);
  }

  /** A constant of integers; those of the same values are one tensor, which stays until `dispose`. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): Handle {
    return this.#constant(
      `i${shape}:${values}`,
      () => this.binding.createTensor(shape, Type.int32, Int32Array.from(values)),
      shape,
    );
  }

  /** Constant zeros. */
  zeros(shape: readonly number[]): Handle {
    const size = shape.reduce((product, n) => product * n, 1);
    return this.#constant(
      `z${shape}`,
      () => this.binding.createTensor(shape, Type.float, new Float32Array(size)),
      shape,
    );
  }

  /**
   * A number, uploaded when it is first asked for: an upload waits for the GPU. Learning rates and counts of targets can
   * be many; beyond SCALARS the one used longest ago is forgotten, but never within a scope.
   */
  scalar(value: number): Handle {
    const known = this.#scalars.get(value);
    const handle = known ?? {
      id: this.binding.createTensor([], Type.float, Float32Array.of(value)),
      shape: [],
    };
    this.#scalars.delete(value);
    this.#scalars.set(value, handle);
    return handle;
  }

  /** A constant number in double precision, which TensorFlow.js has no other way of passing than as its bits. */
  double(value: number): Handle {
    return this.#constant(`d${value}`, () => this.#double(value), []);
  }

  /** A new number in double precision. */
  newDouble(value: number): Handle {
    return this.#own({ id: this.#double(value), shape: [] });
  }

  /** A constant number of 64 bits, split into two of 32 as TensorFlow.js passes it. */
  int64(value: number): Handle {
    return this.#constant(
      `l${value}`,
      () => this.binding.createTensor([], Type.int64, Int32Array.of(value, 0)),
      [],
    );
  }

  /** A new tensor. The array is TensorFlow's from now on. */
  floats(data: Float32Array, shape: readonly number[]): Handle {
    return this.#own({ id: this.binding.createTensor(shape, Type.float, data), shape });
  }

  integers(data: Int32Array, shape: readonly number[]): Handle {
    return this.#own({ id: this.binding.createTensor(shape, Type.int32, data), shape });
  }

  booleans(data: Uint8Array, shape: readonly number[]): Handle {
    return this.#own({ id: this.binding.createTensor(shape, Type.bool, data), shape });
  }

  read(handle: Handle): Float32Array {
    return this.binding.tensorDataSync(handle.id) as Float32Array;
  }

  readIntegers(handle: Handle): Int32Array {
    return this.binding.tensorDataSync(handle.id) as Int32Array;
  }

  /** Frees the constants. Everything else belongs to scopes or to who kept it. */
  dispose(): void {
    this.free(this.#constants.values());
    this.free(this.#scalars.values());
    this.#constants.clear();
    this.#scalars.clear();
  }

  /** Any operation; its outputs. */
  run(name: string, inputs: readonly Handle[], options: readonly OpAttribute[], outputs: number): Handle[] {
    const ids = inputs.map(({ id }) => id);
    return this.binding.executeOp(name, options, ids, outputs).map((made) => this.#own(made));
  }

  /** Any operation with one output. */
  op(name: string, inputs: readonly Handle[], options = none): Handle {
    return this.run(name, inputs, options, 1)[0]!;
  }

  /** a b. */
  matMul(a: Handle, b: Handle): Handle {
    return this.op('MatMul', [a, b]);
  }

  /** a^T b. */
  transposedTimes(a: Handle, b: Handle): Handle {
    return this.op('MatMul', [a, b], transposeFirst);
  }

  /** a b^T. */
  timesTransposed(a: Handle, b: Handle): Handle {
    return this.op('MatMul', [a, b], transposeSecond);
  }

  add(a: Handle, b: Handle): Handle {
    return this.op('AddV2', [a, b]);
  }

  multiply(a: Handle, b: Handle): Handle {
    return this.op('Mul', [a, b]);
  }

  /** One dimension may be -1: what is left. */
  reshape(x: Handle, shape: readonly number[]): Handle {
    return this.op('Reshape', [x, this.ints(shape)]);
  }

  transpose(x: Handle, axes: readonly number[]): Handle {
    return this.op('Transpose', [x, this.ints(axes)]);
  }

  /** -1 as a size takes all that is left. */
  slice(x: Handle, begin: readonly number[], size: readonly number[]): Handle {
    return this.op('Slice', [x, this.ints(begin), this.ints(size)]);
  }

  concat(parts: readonly Handle[], axis: number): Handle {
    if (parts.length === 1) return parts[0]!;
    return this.op('ConcatV2', [...parts, this.ints([axis], [])], concatAttributes(parts.length));
  }

  split(x: Handle, sizes: readonly number[], axis: number): Handle[] {
    return this.run(
      'SplitV',
      [x, this.ints(sizes), this.ints([axis], [])],
      splitAttributes(sizes.length),
      sizes.length,
    );
  }

  /** [T, ...] from T tensors. */
  pack(parts: readonly Handle[]): Handle {
    return this.op('Pack', parts, packAttributes(parts.length));
  }

  /** T tensors from [T, ...]. */
  unpack(x: Handle): Handle[] {
    const [T] = x.shape as [number];
    return this.run('Unpack', [x], unpackAttributes(T), T);
  }

  /** x [T, B, ...] with the first `lengths` steps of every sequence in reverse order. */
  reverse(x: Handle, lengths: Handle): Handle {
    return this.op('ReverseSequence', [x, lengths], reverseAttributes);
  }

  /** The slices x[i, j] of x [T, B, ...] at pairs [n, 2]. */
  gather(x: Handle, pairs: Handle): Handle {
    return this.op('GatherNd', [x, pairs]);
  }

  /** The transpose of `gather`: zeros of `shape` with the slices added in. */
  scatter(pairs: Handle, slices: Handle, shape: readonly number[]): Handle {
    return this.op('ScatterNd', [pairs, slices, this.ints(shape)]);
  }

  /** a where the condition holds, otherwise b. */
  select(condition: Handle, a: Handle, b: Handle): Handle {
    return this.op('SelectV2', [condition, a, b]);
  }

  #double(value: number): number {
    const pair = this.binding.createTensor([2], Type.int32, new Int32Array(Float64Array.of(value).buffer));
    const [made] = this.binding.executeOp('Bitcast', toDouble, [pair], 1);
    this.binding.deleteTensor(pair);
    return made!.id;
  }

  #forgetOldScalars(): void {
    for (const [value, handle] of this.#scalars) {
      if (this.#scalars.size <= SCALARS) return;
      this.free([handle]);
      this.#scalars.delete(value);
    }
  }

  #constant(key: string, make: () => number, shape: readonly number[]): Handle {
    let handle = this.#constants.get(key);
    if (handle === undefined) {
      handle = { id: make(), shape };
      this.#constants.set(key, handle);
    }
    return handle;
  }

  #own(handle: Handle): Handle {
    this.#scope?.push(handle);
    return handle;
  }
}

function memoised(make: (n: number) => readonly OpAttribute[]): (n: number) => readonly OpAttribute[] {
  const made = new Map<number, readonly OpAttribute[]>();
  return (n) => {
    const known = made.get(n) ?? make(n);
    made.set(n, known);
    return known;
  };
}
