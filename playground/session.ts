import type { Config } from '../src/config/schema.ts';
import { seedsOf } from '../src/config/seeds.ts';
import type { EngineInfo, StepResult, Trainer } from '../src/engines/engine.ts';
import { engineOver } from '../src/engines/kernels/engine.ts';
import { INSTRUCTION_SET, instantiate, NUMERICS } from '../src/engines/wasm/instance.ts';
import type { Batch } from '../src/models/batch.ts';
import type { Cell } from '../src/models/cells.ts';
import { cellOf } from '../src/models/initialise.ts';
import type { Parameters } from '../src/models/spec.ts';
import { AddingTask } from '../src/tasks/adding/task.ts';
import { createTrainer } from '../src/training/create-trainer.ts';
import { type Eigenvalues, eigenvalues } from './eigenvalues.ts';
import { gradientNorms, traceOf } from './trace.ts';

/** What the page shows of a network beside its scores. */
export interface Look {
  /** By t = 0, ..., T - 1. */
  readonly gradientNorms: Float64Array;
  /** Of the recurrent weights; of an LSTM's, the rows of its candidate g. Null once they are not finite. */
  readonly eigenvalues: Eigenvalues | null;
  readonly sequence: Sequence;
}

export interface Sequence {
  readonly signal: Float64Array;
  /** The two marked steps. */
  readonly marks: readonly number[];
  readonly target: number;
  /** The network's answer, had the sequence ended after step t. */
  readonly answers: Float64Array;
}

/** Sequences that gradients are averaged over. */
const TRACED = 8;

/** One network on its way: the run that irnn-run makes of the same config, update by update. Knows no page and no worker. */
export class Session {
  readonly #config: Config;
  readonly #task: AddingTask;
  readonly #trainer: Trainer;
  readonly #cell: Cell;
  #steps = 0;

  /** `config` is one of the adding problem. Throws UserError where irnn-run does. */
  constructor(config: Config, module: WebAssembly.Module) {
    const { task, training } = config;
    if (task.name !== 'adding') throw new TypeError(`the playground has no ${task.name}`);
    this.#config = config;
    // Sequences are drawn when they are used: the same values, without the memory for all of them.
    const seeds = seedsOf(config);
    this.#task = new AddingTask(task, { seeds, batchSize: training.batch, storageLimit: 0 });
    const info: EngineInfo = {
      ...{ engine: 'wasm', instructionSet: INSTRUCTION_SET, numerics: NUMERICS },
      ...{ device: 'browser', threads: 1, versions: {} },
    };
    const engine = engineOver(() => instantiate(module), info);
    this.#trainer = createTrainer(engine, config, this.#task, 1);
    this.#cell = cellOf(config.model.type);
  }

  /** Updates made. */
  get steps(): number {
    return this.#steps;
  }

  step(): StepResult {
    const batch = this.#task.batch('train', this.#steps);
    this.#steps += 1;
    return this.#trainer.step(batch, this.#config.training.learning_rate);
  }

  /** Mean squared error on the test split. */
  testError(): number {
    const tally = this.#task.tally();
    for (let index = 0; index < this.#task.batches('test'); index++) {
      const batch = this.#task.batch('test', index);
      tally.add(batch, this.#trainer.evaluate(batch));
    }
    return tally.result().mse!;
  }

  /** Units whose output is not zero everywhere in the next training batch. */
  liveUnits(): number {
    return this.#trainer.liveUnits(this.#task.batch('train', this.#steps));
  }

  parameters(): Parameters {
    return this.#trainer.parameters();
  }

  /** `index`: the test sequence to show. */
  look(index: number): Look {
    const parameters = this.#trainer.parameters();
    const batch = this.#task.batch('test', 0);
    const trace = traceOf(this.#cell, parameters, slice(batch, 0, TRACED));
    const shown = slice(batch, index % batch.size, 1);
    const { answer_TB: answers } = traceOf(this.#cell, parameters, shown);
    const x = Array.from(shown.x_TIB);
    const sequence: Sequence = {
      signal: Float64Array.from(x.filter((_, i) => i % 2 === 0)),
      marks: x.filter((_, i) => i % 2 === 1).flatMap((mark, t) => (mark === 1 ? [t] : [])),
      target: shown.target[0]!,
      answers,
    };
    return { gradientNorms: gradientNorms(trace), eigenvalues: spectrum(parameters), sequence };
  }
}

/** Of an LSTM: of the rows of its candidate g, which alone has something of a plain network's recurrence. */
function spectrum(parameters: Parameters): Eigenvalues | null {
  const { data, shape } = parameters.get('rnn.weight_hh_l0')!;
  const [rows, H] = shape as [number, number];
  const square = rows === H ? data : data.subarray(2 * H * H, 3 * H * H);
  return square.every(Number.isFinite) ? eigenvalues(square, H) : null;
}

/** Sequences from, ..., from + size - 1 of a batch. */
function slice(batch: Batch, from: number, size: number): Batch {
  const rows = batch.x_TIB.length / batch.size;
  const x_TIB = Float32Array.from({ length: rows * size }, (_, i) => {
    return batch.x_TIB[Math.floor(i / size) * batch.size + from + (i % size)]!;
  });
  return { ...batch, size, x_TIB, target: batch.target.slice(from, from + size) };
}
