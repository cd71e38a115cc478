import { type Batch, UNSCORED } from '../../models/batch.ts';
import type { Head } from '../../models/spec.ts';
import { attributes, Type } from './binding.ts';
import type { Device, Handle } from './device.ts';

const asInt32 = attributes({ output_type: { type: Type.int32 } });

export interface Loss {
  /** Sum over the scored targets of the squared errors, or of the cross-entropies in nats; a scalar. */
  readonly sum: Handle;
  /** The gradient of the sum times `scale`, [N, O]. */
  gradient(scale: number): Handle;
}

/** N rows that the head reads, O outputs. */
export function lossOf(device: Device, head: Head, y_NO: Handle, batch: Batch): Loss {
  const [N] = y_NO.shape as [number];
  const sumOf = (x: Handle, axes: readonly number[]) => device.op('Sum', [x, device.ints(axes)]);
  if (head.kind === 'regression') {
    const target_NO = device.floats(Float32Array.from(batch.target), y_NO.shape);
    const error_NO = device.op('Sub', [y_NO, target_NO]);
    const { lengths } = batch;
    const scored =
      lengths === null
        ? error_NO
        : device.multiply(
            error_NO,
            device.floats(
              Float32Array.from(lengths, (n) => Number(n > 0)),
              [N, 1],
            ),
          );
    return {
      sum: sumOf(device.op('Square', [scored]), [0, 1]),
      gradient: (scale) => device.multiply(scored, device.scalar(2 * scale)),
    };
  }
  const labels_N = device.integers(
    Int32Array.from(batch.target, (label) => Math.max(0, label)),
    [N],
  );
  const [loss_N, d_NO] = device.run('SparseSoftmaxCrossEntropyWithLogits', [y_NO, labels_N], [], 2);
  const all = !(batch.target as Int32Array).includes(UNSCORED);
  if (all) {
    return {
      sum: sumOf(loss_N!, [0]),
      gradient: (scale) => device.multiply(d_NO!, device.scalar(scale)),
    };
  }
  const scored = Float32Array.from(batch.target, (label) => Number(label !== UNSCORED));
  const scored_N = device.floats(scored, [N]);
  return {
    sum: sumOf(device.multiply(loss_N!, scored_N), [0]),
    gradient: (scale) => {
      const factors_N1 = device.multiply(device.reshape(scored_N, [N, 1]), device.scalar(scale));
      return device.multiply(d_NO!, factors_N1);
    },
  };
}

/** The most probable class of every row. */
export function mostProbable(device: Device, y_NO: Handle): Int32Array {
  return device.readIntegers(device.op('ArgMax', [y_NO, device.ints([1], [])], asInt32));
}
