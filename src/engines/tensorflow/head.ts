/**
 * The linear layer under the loss, over all outputs or, at training with a large vocabulary, over a sample of classes.
 * N rows that it reads, P their size, O outputs, V vocabulary, C classes of a sample, S of them candidates.
 */
import type { ClassSample } from '../../models/sampled-softmax.ts';
import { attributes, Type } from './binding.ts';
import type { Device, Handle } from './device.ts';
import type { Gradients, Weights } from './recurrence.ts';

export interface HeadPass {
  /** Predictions, or logits. */
  readonly y_NO: Handle;
  /** Sets the gradients of the head's weights; returns that of what it read, [N, P]. */
  backward(dy_NO: Handle, gradients: Gradients): Handle;
}

/** Over all outputs. */
export function wholeHead(device: Device, weights: Weights, read_NP: Handle): HeadPass {
  const w_OP = weights.get('head.weight')!;
  const y_NO = device.op('BiasAdd', [device.timesTransposed(read_NP, w_OP), weights.get('head.bias')!]);
  return {
    y_NO,
    backward(dy_NO, gradients) {
      gradients.set('head.bias', device.op('BiasAddGrad', [dy_NO]));
      gradients.set('head.weight', device.transposedTimes(dy_NO, read_NP));
      return device.matMul(dy_NO, w_OP);
    },
  };
}

/** A logit that no sum feels. Finite, so that differences are numbers. */
const EXCLUDED = -1e30;

const oneHot = attributes({ T: { type: Type.float }, TI: { type: Type.int32 }, axis: -1 });

/**
 * Over the classes of a sample (models/sampled-softmax.ts): a column for each, lowered by log E. Classes that are no
 * candidates compete only at the positions whose target they are.
 */
export function sampledHead(
  device: Device,
  weights: Weights,
  read_NP: Handle,
  { classes, candidates: S, logExpected, target }: ClassSample,
): HeadPass {
  const [w_VP, bias_V] = [weights.get('head.weight')!, weights.get('head.bias')!];
  const [V] = bias_V.shape as [number];
  const C = classes.length;
  const classes_C = device.integers(classes, [C]);
  const rowsOf = (table: Handle) => device.op('GatherV2', [table, classes_C, device.ints([0], [])]);
  const w_CP = rowsOf(w_VP);
  const bias_C = device.op('Sub', [rowsOf(bias_V), device.floats(logExpected, [C])]);
  const y_NC = device.op('BiasAdd', [device.timesTransposed(read_NP, w_CP), bias_C]);
  return {
    y_NO: C === S ? y_NC : withOthersExcluded(device, y_NC, target, S),
    backward(dy_NC, gradients) {
      const added = (rows: Handle) =>
        device.op('UnsortedSegmentSum', [rows, classes_C, device.ints([V], [])]);
      gradients.set('head.bias', added(device.op('BiasAddGrad', [dy_NC])));
      gradients.set('head.weight', added(device.transposedTimes(dy_NC, read_NP)));
      return device.matMul(dy_NC, w_CP);
    },
  };
}

/** Excludes the columns from S on where they aren't the target. A place outside of them excludes them all. */
function withOthersExcluded(device: Device, y_NC: Handle, target: Int32Array, S: number): Handle {
  const [N, C] = y_NC.shape as [number, number];
  const places_N = device.integers(
    target.map((place) => (place < S ? -1 : place - S)),
    [N],
  );
  const [own, excluded] = [device.scalar(0), device.scalar(EXCLUDED)];
  const others = device.op('OneHot', [places_N, device.ints([C - S], []), own, excluded], oneHot);
  const [candidates_NS, others_NX] = device.split(y_NC, [S, C - S], 1) as [Handle, Handle];
  return device.concat([candidates_NS, device.add(others_NX, others)], 1);
}
