import { type Batch, UNSCORED } from '../models/batch.ts';
import type { Head } from '../models/spec.ts';
import type { Trainer } from './engine.ts';

/** What a model says of each target of a batch, in their order. */
export interface Predictions {
  /** Predicted values (regression), or the most probable classes; anything where a target is not scored. */
  readonly predicted: Float32Array | Int32Array;
  /** Squared errors, or cross-entropies in nats; 0 where a target is not scored. */
  readonly losses: Float64Array;
}

/** A trainer that returns the prediction for each target, where `evaluate` returns sums. */
export interface Predictor extends Trainer {
  /** As `evaluate`, for a batch of any size and length. Dropout is off. */
  predict(batch: Batch): Predictions;
}

/** From what the head puts out: values, or logits, y_NO (N targets, O outputs). */
export function predictionsOf({ kind, size: O }: Head, y_NO: Float32Array, { target }: Batch): Predictions {
  if (kind === 'regression') {
    return {
      predicted: Float32Array.from(y_NO),
      losses: Float64Array.from(target, (y, n) => (y_NO[n]! - y) ** 2),
    };
  }
  const predicted = new Int32Array(target.length);
  const losses = new Float64Array(target.length);
  for (const [n, wanted] of target.entries()) {
    if (wanted === UNSCORED) continue;
    const y_O = y_NO.subarray(n * O, (n + 1) * O);
    predicted[n] = y_O.reduce((best, y, o) => (y > y_O[best]! ? o : best), 0);
    const largest = y_O[predicted[n]!]!;
    losses[n] = Math.log(y_O.reduce((sum, y) => sum + Math.exp(y - largest), 0)) + largest - y_O[wanted]!;
  }
  return { predicted, losses };
}
