/**
 * As much of Node's C interface (Node-API) as native/src/binding calls, for kernels that are compiled to WebAssembly: so the
 * binding, with all its checks, is the same source there as in the addon. Names, arguments and numbers are those of
 * js_native_api.h; pointers are addresses in the module's memory.
 */

const OK = 0;
const INVALID_ARGUMENT = 1;
const GENERIC_FAILURE = 9;

/** napi_valuetype */
const types = { undefined: 0, null: 1, number: 3, string: 4, object: 6, external: 8 } as const;
/** napi_typedarray_type */
const arrayTypes = new Map<unknown, number>([
  [Int8Array, 0],
  [Uint8Array, 1],
  [Uint8ClampedArray, 2],
  [Int16Array, 3],
  [Uint16Array, 4],
  [Int32Array, 5],
  [Uint32Array, 6],
  [Float32Array, 7],
  [Float64Array, 8],
  [BigInt64Array, 9],
  [BigUint64Array, 10],
]);

/** What native/src is linked to export; see scripts/build-wasm.mjs. */
export interface NapiExports {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: { get(index: number): unknown };
  _initialize(): void;
  malloc(bytes: number): number;
  free(address: number): void;
  napi_register_wasm_v1(env: number, exports: number): number;
}

/** A value of the module's that JavaScript holds and cannot look into. */
class External {
  tag: readonly bigint[] = [];
  constructor(readonly data: number) {}
}

/** An array that JavaScript handed over, copied into the module's memory for the time of a call. */
interface Copy {
  readonly array: ArrayBufferView;
  readonly address: number;
}

type Callback = (env: number, info: number) => number;
type Finalizer = (env: number, data: number, hint: number) => void;

const ENV = 1;

/** One instance's side of the interface. Calls do not nest. */
export class Napi {
  #module!: NapiExports;
  /** By handle, for the time of a call; handle 0 is no value. */
  #values: unknown[] = [undefined];
  #arguments: readonly unknown[] = [];
  #copies: Copy[] = [];
  #pending: Error | null = null;
  readonly #finalizers = new FinalizationRegistry<() => void>((finalize) => finalize());

  /** Gives the module its imports' other half; returns what it exports by way of the interface. */
  register(module: NapiExports): object {
    this.#module = module;
    module._initialize();
    const exports = {};
    this.#call([], () => module.napi_register_wasm_v1(ENV, this.#handle(exports)));
    return exports;
  }

  readonly imports = {
    napi_get_cb_info: (_env: number, _info: number, count: number, values: number) => {
      const view = this.#view();
      const room = view.getUint32(count, true);
      for (let i = 0; i < Math.min(room, this.#arguments.length); i++) {
        view.setUint32(values + 4 * i, this.#handle(this.#arguments[i]), true);
      }
      view.setUint32(count, this.#arguments.length, true);
      return OK;
    },

    napi_throw_error: (_env: number, _code: number, message: number) => {
      this.#pending = new Error(this.#text(message));
      return OK;
    },
    napi_is_exception_pending: (_env: number, result: number) => {
      this.#view().setUint8(result, Number(this.#pending !== null));
      return OK;
    },

    napi_typeof: (_env: number, value: number, result: number) => {
      this.#view().setUint32(result, typeOf(this.#values[value]), true);
      return OK;
    },
    napi_get_value_double: (_env: number, value: number, result: number) => {
      const number = this.#values[value];
      if (typeof number !== 'number') return INVALID_ARGUMENT;
      this.#view().setFloat64(result, number, true);
      return OK;
    },
    napi_get_value_string_utf8: (_env: number, value: number, to: number, room: number, length: number) => {
      const text = this.#values[value];
      if (typeof text !== 'string') return INVALID_ARGUMENT;
      const bytes = new Uint8Array(this.#module.memory.buffer, to >>> 0, room);
      const { written } = new TextEncoder().encodeInto(text, bytes.subarray(0, room - 1));
      bytes[written] = 0;
      this.#view().setUint32(length, written, true);
      return OK;
    },
    napi_get_typedarray_info: (
      _env: number,
      value: number,
      type: number,
      length: number,
      data: number,
      buffer: number,
      offset: number,
    ) => {
      const array = this.#values[value];
      const number = arrayTypes.get((array as object | null)?.constructor);
      if (!ArrayBuffer.isView(array) || number === undefined) return INVALID_ARGUMENT;
      const address = this.#copyIn(array);
      if (address === 0) return GENERIC_FAILURE;
      const view = this.#view();
      view.setUint32(type, number, true);
      view.setUint32(length, (array as Uint8Array).length, true);
      view.setUint32(data, address, true);
      view.setUint32(buffer, this.#handle(array.buffer), true);
      view.setUint32(offset, array.byteOffset, true);
      return OK;
    },
    napi_is_arraybuffer: (_env: number, value: number, result: number) => {
      this.#view().setUint8(result, Number(this.#values[value] instanceof ArrayBuffer));
      return OK;
    },

    napi_create_double: (_env: number, value: number, result: number) => this.#give(result, value),
    napi_create_string_utf8: (_env: number, from: number, length: number, result: number) =>
      this.#give(result, this.#text(from, length === -1 ? undefined : length)),
    napi_create_array: (_env: number, result: number) => this.#give(result, []),
    napi_set_element: (_env: number, array: number, index: number, value: number) => {
      (this.#values[array] as unknown[])[index >>> 0] = this.#values[value];
      return OK;
    },

    napi_create_external: (_env: number, data: number, finalize: number, hint: number, result: number) => {
      const external = new External(data);
      const finalizer = this.#function<Finalizer>(finalize);
      this.#finalizers.register(external, () => finalizer(ENV, data, hint));
      return this.#give(result, external);
    },
    napi_get_value_external: (_env: number, value: number, result: number) => {
      const external = this.#values[value];
      if (!(external instanceof External)) return INVALID_ARGUMENT;
      this.#view().setUint32(result, external.data, true);
      return OK;
    },
    napi_type_tag_object: (_env: number, value: number, tag: number) => {
      const external = this.#values[value];
      if (!(external instanceof External)) return INVALID_ARGUMENT;
      external.tag = this.#tag(tag);
      return OK;
    },
    napi_check_object_type_tag: (_env: number, value: number, tag: number, result: number) => {
      const external = this.#values[value];
      const wanted = this.#tag(tag);
      const is = external instanceof External && wanted.every((half, i) => external.tag[i] === half);
      this.#view().setUint8(result, Number(is));
      return OK;
    },

    /** A property is { name, napi_value name, method, getter, setter, value, attributes, data }. */
    napi_define_properties: (_env: number, object: number, count: number, properties: number) => {
      const target = this.#values[object] as Record<string, unknown>;
      const view = this.#view();
      for (let i = 0; i < count; i++) {
        const at = properties + 32 * i;
        const method = this.#function<Callback>(view.getUint32(at + 8, true));
        target[this.#text(view.getUint32(at, true))] = (...args: unknown[]) =>
          this.#call(args, () => method(ENV, 0));
      }
      return OK;
    },
  };

  /** Runs native code with these arguments; returns its value, or throws what it left pending. */
  #call(args: readonly unknown[], run: () => number): unknown {
    this.#arguments = args;
    try {
      const result = this.#values[run()];
      if (this.#pending !== null) throw this.#pending;
      for (const copy of this.#copies) this.#copyOut(copy);
      return result;
    } finally {
      for (const { address } of this.#copies) this.#module.free(address);
      this.#values = [undefined];
      this.#arguments = [];
      this.#copies = [];
      this.#pending = null;
    }
  }

  #handle(value: unknown): number {
    return this.#values.push(value) - 1;
  }

  #give(result: number, value: unknown): number {
    this.#view().setUint32(result, this.#handle(value), true);
    return OK;
  }

  /** The address of a copy of the array's bytes; 0, and an exception pending, when the memory is full. */
  #copyIn(array: ArrayBufferView): number {
    const address = this.#module.malloc(array.byteLength || 1) >>> 0;
    if (address === 0) {
      this.#pending = new Error('not enough memory for the arrays of a call');
      return 0;
    }
    this.#copies.push({ array, address });
    this.#bytes(address, array.byteLength).set(bytesOf(array));
    return address;
  }

  #copyOut({ array, address }: Copy): void {
    bytesOf(array).set(this.#bytes(address, array.byteLength));
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#module.memory.buffer, address, length);
  }

  /** Memory that has grown is another buffer. */
  #view(): DataView {
    return new DataView(this.#module.memory.buffer);
  }

  #text(address: number, length?: number): string {
    const bytes = new Uint8Array(this.#module.memory.buffer, address >>> 0);
    return new TextDecoder().decode(bytes.subarray(0, length ?? bytes.indexOf(0)));
  }

  #tag(address: number): readonly bigint[] {
    const view = this.#view();
    return [view.getBigUint64(address >>> 0, true), view.getBigUint64((address >>> 0) + 8, true)];
  }

  #function<F>(index: number): F {
    return this.#module.__indirect_function_table.get(index) as F;
  }
}

function typeOf(value: unknown): number {
  if (value === null) return types.null;
  if (value instanceof External) return types.external;
  const name = typeof value;
  return name === 'undefined' || name === 'number' || name === 'string' ? types[name] : types.object;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
