import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type ExitCode, joinProblems, UserError } from '../../support/errors.ts';
import type { Preparation } from '../dataset.ts';
import { type Analysis, analyse, type Source } from './utterance.ts';

/** What a worker answers to the number of a source. */
export type Answer =
  | { readonly index: number; readonly analysis: Analysis }
  | { readonly index: number; readonly problem: { readonly exitCode: ExitCode; readonly message: string } };

/**
 * Analyses utterances on all cores; results are in the order of the sources. Every source is tried: throws one
 * UserError with the problems of all, in their order, and the first one's exit code (see `analyse`).
 */
export async function analyseAll(
  sources: readonly Source[],
  flite: WebAssembly.Module | null,
  preparation: Preparation,
): Promise<Analysis[]> {
  const answers: Answer[] = new Array(sources.length);
  const accept = (answer: Answer) => {
    answers[answer.index] = answer;
    preparation.advance(1);
  };
  const workers = Math.min(availableParallelism(), sources.length);
  if (workers > 1 && existsSync(workerFile)) await inWorkers(workers, sources, flite, accept);
  else await inThisThread(sources, flite, accept);

  const problems = answers.flatMap((answer) => ('problem' in answer ? answer.problem : []));
  if (problems.length > 0) throw joinProblems(problems);
  return answers.map((answer) => (answer as { analysis: Analysis }).analysis);
}

/** An analysis, or the problem that a user can do something about. */
export function answer(index: number, source: Source, flite: WebAssembly.Module | null): Answer {
  try {
    return { index, analysis: analyse(source, flite) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { index, problem: { exitCode: error.exitCode, message: error.message } };
  }
}

/** Built from analyse-worker.ts. Run from its TypeScript sources, the program has no such file, and uses one thread. */
const workerFile = new URL('./analyse-worker.js', import.meta.url);

async function inThisThread(
  sources: readonly Source[],
  flite: WebAssembly.Module | null,
  accept: (answer: Answer) => void,
): Promise<void> {
  for (const [index, source] of sources.entries()) {
    accept(answer(index, source, flite));
    await setImmediate(); // signals get a turn
  }
}

async function inWorkers(
  count: number,
  sources: readonly Source[],
  flite: WebAssembly.Module | null,
  accept: (answer: Answer) => void,
): Promise<void> {
  const workers = Array.from(
    { length: count },
    () => new Worker(workerFile, { workerData: { sources, flite } }),
  );
  let next = 0;
  let open = sources.length;
  try {
    await new Promise<void>((resolve, reject) => {
      for (const worker of workers) {
        const send = () => {
          if (next < sources.length) worker.postMessage(next++);
        };
        worker.on('error', reject);
        worker.on('message', (message: Answer) => {
          try {
            accept(message);
          } catch (error) {
            reject(error);
          }
          if (--open === 0) resolve();
          send();
        });
        send();
        send(); // one ahead, so that no worker waits for us
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
