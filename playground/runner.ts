import type { Config } from '../src/config/schema.ts';
import type { FromWorker, Scores, ToWorker } from './messages.ts';
import type { Look } from './session.ts';

/** A test error below which the problem counts as learned; the shipped configs stop at the same. */
const LEARNED = 0.01;

/** The page's side of a network that trains in a worker. */
export class Runner {
  readonly #worker: Worker;
  readonly scores: Scores[] = [];
  look: Look | null = null;
  step = 0;
  stepsPerSecond: number | null = null;
  /** The first evaluation under `LEARNED`. */
  learnedAt: number | null = null;
  /** Why it has ended by itself; null while it has not. */
  end: string | null = null;

  /** `changed` is called after every message of the worker. */
  constructor(worker: string, wasm: Uint8Array<ArrayBuffer>, config: Config, changed: () => void) {
    this.#worker = new Worker(worker);
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#hear(data);
      changed();
    };
    this.#worker.onerror = ({ message }) => {
      this.end = message || 'the worker cannot be started';
      changed();
    };
    this.say({ kind: 'begin', config, wasm });
  }

  say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  dispose(): void {
    this.#worker.terminate();
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'scores': {
        const { step, testError } = message.scores;
        this.scores.push(message.scores);
        this.step = step;
        if (testError < LEARNED) this.learnedAt ??= step;
        break;
      }
      case 'look':
        this.look = message.look;
        break;
      case 'step':
        this.step = message.step;
        this.stepsPerSecond = message.stepsPerSecond;
        break;
      case 'over':
        this.step = message.step;
        this.end = 'at its last step';
        break;
      case 'failed':
        this.end = message.message;
        break;
    }
  }
}
