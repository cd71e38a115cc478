import { type Batch, UNSCORED } from '../models/batch.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { StoredTensor, TensorFile } from '../support/safetensors.ts';
import type { FrameBatch } from './phone-frames/tally.ts';
import { placedBatches, type Split, type Task } from './task.ts';

/** Elements of the inputs; more take memory that few machines have. */
const MOST_ELEMENTS = 2 ** 29;

/**
 * Sequences as the model reads them, N of them of at most T steps, filled up with zeros:
 *
 *     x        [N, T, I]  features, or [N, T] token numbers
 *     target   [N, O] values, [N] classes, or [N, T] classes, where -1 is not scored
 *     length   [N]        steps of each sequence
 *     new_voice [N]       of speech: 1 where the speaker is one that is scored apart
 *
 * In the metadata, besides what is given, the texts of the task's preprocessing files. Of `train` they are the first `batches`
 * minibatches in turn; of the others the order is that of evaluation. Throws UserError (64) if that is too much at once.
 */
export function exportSplit(
  task: Task,
  split: Split,
  batches: number,
  metadata: TensorFile['metadata'],
): TensorFile {
  const { input, head } = task;
  const I = input.kind === 'features' ? input.size : 1;
  const everyStep = head.at === 'every-step';
  const { N, T } = extent(task, split, batches);
  if (N * T * I > MOST_ELEMENTS) {
    throw new UserError(
      ExitCode.usage,
      `${N} sequences of ${T} steps are too much for one file; say how many batches with --batches, fewer than ${batches}`,
    );
  }
  const x = input.kind === 'features' ? new Float32Array(N * T * I) : new Int32Array(N * T);
  const targets = everyStep ? N * T : N * (head.kind === 'regression' ? head.size : 1);
  const target =
    head.kind === 'regression' ? new Float32Array(targets) : new Int32Array(targets).fill(UNSCORED);
  const length = new Int32Array(N);
  const newVoice = new Int32Array(N);
  let isSpeech = false;
  for (const { batch, sequence, step } of placedBatches(task, split, batches)) {
    const { size: B, x_TIB } = batch;
    const voice = (batch as Partial<FrameBatch>).newVoice;
    isSpeech ||= voice !== undefined;
    if (voice === true) newVoice.fill(1, sequence, sequence + B);
    for (let b = 0; b < B; b++) {
      const n = sequence + b;
      const own = lengthOf(batch, b);
      if (own > 0) length[n] = step + own;
      for (let t = 0; t < own; t++) {
        const at = n * T + step + t;
        for (let i = 0; i < I; i++) x[at * I + i] = x_TIB[(t * I + i) * B + b]!;
        if (everyStep) target[at] = batch.target[t * B + b]!;
      }
    }
    if (!everyStep) target.set(batch.target, (sequence * targets) / N);
  }
  const tensors = new Map<string, StoredTensor>([
    ['x', { shape: input.kind === 'features' ? [N, T, I] : [N, T], data: x }],
    [
      'target',
      { shape: everyStep ? [N, T] : head.kind === 'regression' ? [N, head.size] : [N], data: target },
    ],
    ['length', { shape: [N], data: length }],
    ...(isSpeech ? ([['new_voice', { shape: [N], data: newVoice }]] as const) : []),
  ]);
  return { tensors, metadata: { ...metadata, ...Object.fromEntries(task.preprocessing()) } };
}

function extent(task: Task, split: Split, batches: number): { N: number; T: number } {
  let [N, T] = [0, 0];
  for (const { batch, sequence, step } of placedBatches(task, split, batches)) {
    N = sequence + batch.size;
    for (let b = 0; b < batch.size; b++) T = Math.max(T, step + lengthOf(batch, b));
  }
  return { N, T };
}

function lengthOf({ lengths, steps }: Batch, b: number): number {
  return lengths === null ? steps : lengths[b]!;
}
