import type { Engine, StepResult, Trainer, TrainerOptions, TrainerState } from '../src/engines/engine.ts';
import type { Batch } from '../src/models/batch.ts';
import type { Parameters } from '../src/models/spec.ts';

/** What the mock engine does beyond counting; tests change it and reset it. */
export const behaviour = {
  /** Called after every update with the number of updates made by this process. */
  afterStep: (_updates: number): void => {},
  /** Gradients and scores are not finite from this update of the run on. */
  explodesAt: Number.POSITIVE_INFINITY,
};

export function resetBehaviour(): void {
  behaviour.afterStep = () => {};
  behaviour.explodesAt = Number.POSITIVE_INFINITY;
}

/** An engine without a network: its one moving parameter sums what it was fed, so any lost or repeated batch shows. */
export const mockEngine: Engine = {
  info: { engine: 'mock', device: 'none', instructionSet: 'none', numerics: 1, threads: 1, versions: {} },
  create: (options) => new MockTrainer(options),
};

class MockTrainer implements Trainer {
  #parameters: Map<string, { shape: readonly number[]; data: Float32Array }>;
  #updates = 0;
  #updatesHere = 0;

  constructor({ parameters }: TrainerOptions) {
    this.#parameters = copy(parameters);
  }

  step(batch: Batch, learningRate: number): StepResult {
    const skipped = this.#updates >= behaviour.explodesAt;
    const sum = [...batch.target].reduce((a, b) => a + b, 0);
    if (!skipped) {
      this.#bias[0]! += learningRate * sum;
      this.#updates += 1;
    }
    this.#updatesHere += 1;
    behaviour.afterStep(this.#updatesHere);
    return {
      loss: sum / batch.size,
      gradientNorm: skipped ? Number.NaN : sum,
      clipped: sum > batch.size,
      skipped,
    };
  }

  gradients(): never {
    throw new Error('the mock engine has no gradients');
  }

  /** The score falls as 1 / (1 + updates), until the explosion. */
  evaluate(batch: Batch) {
    const isLost = this.#updates >= behaviour.explodesAt;
    return {
      targets: batch.size,
      loss: isLost ? Number.NaN : batch.size / (1 + this.#updates),
      predicted: null,
    };
  }

  liveUnits(): number {
    return 3;
  }

  parameters(): Parameters {
    return copy(this.#parameters);
  }

  state(): TrainerState {
    return { slots: new Map(), updates: this.#updates, carried: new Map() };
  }

  load(parameters: Parameters, state: TrainerState): void {
    this.#parameters = copy(parameters);
    this.#updates = state.updates;
  }

  dispose(): void {}

  get #bias(): Float32Array {
    return this.#parameters.get('head.bias')!.data;
  }
}

function copy(parameters: Parameters) {
  return new Map([...parameters].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
