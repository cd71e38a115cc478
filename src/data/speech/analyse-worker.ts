/** A thread of `analyseAll`: receives numbers of sources, answers with their analyses. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from './analyse-all.ts';
import type { Source } from './utterance.ts';

const { sources, flite } = workerData as {
  readonly sources: readonly Source[];
  readonly flite: WebAssembly.Module | null;
};

parentPort!.on('message', (index: number) => {
  const result = answer(index, sources[index]!, flite);
  const transfer =
    'analysis' in result ? [result.analysis.bands.buffer, result.analysis.segments.buffer] : [];
  parentPort!.postMessage(result, transfer as ArrayBuffer[]);
});
