/**
 * The members that are used of the native addon of @tensorflow/tfjs-node-gpu: TensorFlow's eager C interface, one
 * operation a call. Declared here because the package may be absent.
 */
export interface Binding {
  /** Shares the array with TensorFlow on a CPU: it must not be changed afterwards. Floats move to the GPU, if there is one. */
  createTensor(shape: readonly number[], type: number, data: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  /** Waits for the tensor, and copies it. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): { readonly id: number; readonly shape: readonly number[] }[];
  /** Tensors that were created and not yet deleted. */
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}

export interface OpAttribute {
  readonly name: string;
  /** TF_AttrType. */
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** TF_DataType, of tensorflow/c/tf_datatype.h. */
export const Type = { float: 1, double: 2, int32: 3, uint8: 4, int64: 9, bool: 10 } as const;
export type Type = (typeof Type)[keyof typeof Type];

/** TF_AttrType, of tensorflow/c/tf_attrtype.h. */
const AttrType = { string: 0, int: 1, float: 2, bool: 3, type: 4 } as const;

type AttributeValue = boolean | number | string | { readonly type: Type } | { readonly float: number };

/** A call's attributes by name. Bare numbers are integers. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): readonly OpAttribute[] {
  return Object.entries(values).map(([name, value]) => {
    if (typeof value === 'boolean') return { name, type: AttrType.bool, value };
    if (typeof value === 'string') return { name, type: AttrType.string, value };
    if (typeof value === 'number') return { name, type: AttrType.int, value };
    if ('float' in value) return { name, type: AttrType.float, value: value.float };
    return { name, type: AttrType.type, value: value.type };
  });
}
