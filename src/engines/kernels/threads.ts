import { gateRows } from '../../models/cells.ts';
import type { ModelSpec } from '../../models/spec.ts';

/**
 * How many threads a model has work for. Threads meet at a barrier at every time step, so what counts is the work between two:
 * weights times sequences. scripts/bench-threads.mjs (SECONDS=0.6, twice, under `chrt -f 1` because other programs wanted both
 * cores), 2026-11-28, AMD EPYC (Zen 3, AVX2), two cores of a virtual machine, Node 20.20.2, T = 20, batch 16: how many times
 * faster a step is on two threads than on one.
 *
 *     units         16     50     100    250    512
 *     ReLU or tanh  0.5    0.9    0.96   1.45   1.66
 *     LSTM          0.6    0.99   1.30   1.66   1.63
 *
 * In recurrent weights, that is a loss at 10,000 (100 ReLU units, 50 of an LSTM) and a gain at 40,000 (100 of an LSTM).
 */
const WEIGHTS_A_THREAD = 20_000;

/** Threads of `asked` that pay for a model: of the widest of its layers, or of a softmax over many classes at every step. */
export function threadsWorthwhile({ layers, head }: ModelSpec, asked: number): number {
  const recurrent = layers.map(({ cell, hidden }) => gateRows(cell, hidden) * hidden);
  const top = layers.at(-1)!;
  const ofHead = head.at === 'every-step' ? head.size * top.hidden * (top.bidirectional ? 2 : 1) : 0;
  const most = Math.floor(Math.max(ofHead, ...recurrent) / WEIGHTS_A_THREAD);
  return Math.max(1, Math.min(asked, most));
}
