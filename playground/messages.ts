import type { Config } from '../src/config/schema.ts';
import type { Look } from './session.ts';

/** What the page and the worker of a network say to each other. */

export type ToWorker =
  | { readonly kind: 'begin'; readonly config: Config; readonly wasm: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'go' }
  | { readonly kind: 'pause' }
  /** Shows another test sequence. */
  | { readonly kind: 'show'; readonly sequence: number };

export type FromWorker =
  | { readonly kind: 'scores'; readonly scores: Scores }
  | { readonly kind: 'look'; readonly look: Look }
  /** Between evaluations, for those who wait. */
  | { readonly kind: 'step'; readonly step: number; readonly stepsPerSecond: number }
  | { readonly kind: 'over'; readonly step: number }
  | { readonly kind: 'failed'; readonly message: string };

/** A row of the curves. */
export interface Scores {
  readonly step: number;
  readonly testError: number;
  /** Mean since the row before; null at the first. */
  readonly trainLoss: number | null;
  readonly liveUnits: number;
}
