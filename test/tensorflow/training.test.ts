/** Training on TensorFlow's CPU: updates, state, memory, and what passes to and from the other engines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import type { Engine, Trainer } from '../../src/engines/engine.ts';
import { native as nativeRoom } from '../../src/engines/native/engine.ts';
import { reference as referenceRoom } from '../../src/engines/reference/engine.ts';
import type { Binding } from '../../src/engines/tensorflow/binding.ts';
import { Device } from '../../src/engines/tensorflow/device.ts';
import { engineOn } from '../../src/engines/tensorflow/engine.ts';
import { createTask } from '../../src/tasks/task.ts';
import { readCheckpoint, saveCheckpoint } from '../../src/training/checkpoint.ts';
import { createTrainer } from '../../src/training/create-trainer.ts';
import { Interval } from '../../src/training/interval.ts';
import { run } from '../../src/training/run.ts';
import { StopRequest } from '../../src/training/signals.ts';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import {
  batchOf,
  cells,
  clips,
  describeOptimizer,
  modelOf,
  optimizers,
  optionsOf,
  parametersOf,
  relativeError,
  type Shape,
} from '../engines/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { binding, engine, forwarding } from './engine.ts';

const reference = await referenceRoom.load();
const small: Shape = { cell: 'tanh', head: 'softmax', T: 4, B: 4, I: 2, H: 9, O: 3 };
const withTensorflow = describe.skipIf(engine === null);

function expectSame(found: Trainer, expected: Trainer, tolerance: number): void {
  for (const [name, { data }] of expected.parameters()) {
    expect(relativeError(found.parameters().get(name)!.data, data), name).toBeLessThan(tolerance);
  }
  const [state, wanted] = [found.state(), expected.state()];
  expect(state.updates).toBe(wanted.updates);
  for (const kind of ['slots', 'carried'] as const) {
    expect([...state[kind].keys()]).toEqual([...wanted[kind].keys()]);
    for (const [name, { shape, data }] of wanted[kind]) {
      expect(state[kind].get(name)!.shape, name).toEqual(shape);
      expect(relativeError(state[kind].get(name)!.data, data), name).toBeLessThan(tolerance);
    }
  }
}

withTensorflow('updates', () => {
  const rules = optimizers.flatMap((optimizer) => clips.map((clip) => ({ optimizer, clip })));
  test.each(
    rules.map(({ optimizer, clip }) => ({
      optimizer,
      clip,
      name: `${describeOptimizer(optimizer)}, ${clip === null ? 'no clipping' : `clipping by ${clip.mode}`}`,
    })),
  )('$name', ({ optimizer, clip }) => {
    const options = optionsOf(small, { optimizer, clip, lossReduction: 'mean' });
    const [expected, found] = [reference.create(options), engine!.create(options)];
    for (let index = 0; index < 5; index++) {
      const batch = batchOf(small, { index });
      const [wanted, result] = [expected.step(batch, 0.002), found.step(batch, 0.002)];
      expect(result.clipped).toBe(clip !== null);
      expect(result.skipped).toBe(false);
      expect(relativeError([result.loss], [wanted.loss])).toBeLessThan(1e-5);
      expect(relativeError([result.gradientNorm], [wanted.gradientNorm])).toBeLessThan(1e-5);
    }
    expectSame(found, expected, 1e-4);
  });

  test('the norm is a double: finite where a sum of float32 squares is not', () => {
    const options = optionsOf({ ...small, head: 'regression' }, { clip: { mode: 'norm', threshold: 1 } });
    const batch = batchOf({ ...small, head: 'regression' });
    batch.target.fill(1e25);
    const [expected, found] = [reference.create(options), engine!.create(options)];
    const [wanted, result] = [expected.step(batch, 1), found.step(batch, 1)];
    expect(wanted.gradientNorm).toBeGreaterThan(1e25);
    expect(relativeError([result.gradientNorm], [wanted.gradientNorm])).toBeLessThan(1e-5);
    expectSame(found, expected, 1e-5);
  });

  test.each(optimizers.map((optimizer) => [describeOptimizer(optimizer), optimizer] as const))(
    '%s: a gradient that is not finite is skipped, and nothing changes',
    (_, optimizer) => {
      const shape: Shape = { ...small, everyStep: true };
      const trainer = engine!.create(optionsOf(shape, { optimizer }));
      const batch = (index: number) => batchOf(shape, { index, carry: true });
      trainer.step(batch(0), 0.01);
      const before = { parameters: trainer.parameters(), state: trainer.state() };
      const x_TIB = new Float32Array(batch(1).x_TIB.length).fill(Number.NaN);
      expect(trainer.step({ ...batch(1), x_TIB }, 0.01)).toMatchObject({ skipped: true, clipped: false });
      expect({ parameters: trainer.parameters(), state: trainer.state() }).toEqual(before);
    },
  );
});

withTensorflow.each(cells)('%s', (cell) => {
  test('state is carried from batch to batch, and apart in evaluation', () => {
    for (const uneven of [false, true]) {
      const shape: Shape = { ...small, cell, everyStep: true, layers: 2, dropout: 0.2, uneven };
      const options = optionsOf(shape);
      const [expected, found] = [reference.create(options), engine!.create(options)];
      for (let index = 0; index < 4; index++) {
        const batch = batchOf(shape, { index, carry: index !== 2 });
        const [wanted, result] = [expected.step(batch, 0.01), found.step(batch, 0.01)];
        expect(relativeError([result.loss], [wanted.loss])).toBeLessThan(1e-5);
        const other = batchOf(shape, { index: index + 9, carry: index > 0 });
        const [score, wantedScore] = [found.evaluate(other), expected.evaluate(other)];
        expect(relativeError([score.loss], [wantedScore.loss])).toBeLessThan(1e-5);
        expect(found.liveUnits(batch)).toBe(expected.liveUnits(batch));
      }
      expectSame(found, expected, 1e-4);
    }
  });

  test('200 training steps of the adding problem follow the native engine', async () => {
    const model = { relu: 'irnn', tanh: 'rnn_tanh', lstm: 'lstm' }[cell];
    const config: Config = configSchema.parse({
      name: 'adding',
      task: { name: 'adding', T: 20, train_size: 500, valid_size: 1, test_size: 1 },
      model: { type: model, hidden: 16 },
      training: { steps: 200, batch: 8, learning_rate: 0.002, clip: { threshold: 1 } },
      evaluate: { every: 100 },
    });
    const curve = async (on: Engine) => {
      const task = await createTask(config.task, { seeds: { data: 1, order: 1 }, batchSize: 8 });
      const trainer = createTrainer(on, config, task, 1);
      return Array.from({ length: 200 }, (_, i) => trainer.step(task.batch('train', i), 0.002).loss);
    };
    const native = await curve(nativeRoom.load());
    for (const [step, loss] of (await curve(engine!)).entries()) {
      expect(Math.abs(loss - native[step]!) / native[step]!, `step ${step}`).toBeLessThan(1e-3);
    }
  });

  test('a checkpoint moves between engines, in both directions', () => {
    const shape: Shape = { ...small, cell, T: 6, I: 3 };
    const options = optionsOf(shape, { optimizer: optimizers[4]! });
    const native = nativeRoom.load();
    for (const [one, other] of [
      [native, engine!],
      [engine!, native],
      [engine!, reference],
    ] as const) {
      const [first, second] = [
        one.create(options),
        other.create({ ...options, parameters: parametersOf(modelOf(shape), 9) }),
      ];
      for (let index = 0; index < 3; index++) first.step(batchOf(shape, { index }), 0.01);
      const folder = temporaryFolder();
      saveCheckpoint(
        folder,
        {
          parameters: first.parameters(),
          state: first.state(),
          interval: new Interval().snapshot(),
          loop: { step: 3, skippedInARow: 0 },
          metrics: { bytes: 0, sha256: '' },
          configHash: '0',
        },
        { keep: 2 },
      );
      const { parameters, state } = readCheckpoint(folder, 3);
      second.load(parameters, state);
      expect(second.parameters()).toEqual(first.parameters());
      for (const trainer of [first, second]) trainer.step(batchOf(shape, { index: 3 }), 0.01);
      expectSame(second, first, 1e-4);
    }
  });
});

withTensorflow('tensors on the device', () => {
  test.each(cells)(
    '%s: are as many after 1,000 more steps, and none are left by a disposed trainer',
    (cell) => {
      const shape: Shape = { ...small, cell, T: 3, everyStep: true, uneven: true, vocabulary: 5 };
      const options = optionsOf(shape, { optimizer: optimizers[4]!, clip: clips[1]! });
      const batches = Array.from({ length: 4 }, (_, index) => batchOf(shape, { index, carry: true }));
      const trainer = engine!.create(options);
      const count = (steps: number) => {
        for (let i = 0; i < steps; i++) {
          expect(trainer.step(batches[i % 4]!, 1e-3).skipped).toBe(false);
          if (i % 50 !== 0) continue;
          trainer.evaluate(batches[0]!);
          trainer.liveUnits(batches[1]!);
          trainer.gradients(batches[2]!);
          trainer.load(trainer.parameters(), trainer.state());
        }
        return binding!.getNumOfTensors();
      };
      const after = count(60);
      expect(count(1_000)).toBe(after);
      trainer.dispose();
      const empty = binding!.getNumOfTensors();
      engine!.create(options).dispose();
      expect(binding!.getNumOfTensors()).toBe(empty);
    },
    300_000,
  );

  test('are not read back by a step until its result is looked at', async () => {
    let reads = 0;
    const counting: Binding = {
      ...forwarding(binding!),
      tensorDataSync: (id) => {
        reads += 1;
        return binding!.tensorDataSync(id);
      },
    };
    const trainer = (await engineOn({ binding: counting, gpu: false, versions: {} })).create(
      optionsOf(small),
    );
    reads = 0;
    const results = [0, 1, 2].map((index) => trainer.step(batchOf(small, { index }), 0.01));
    expect(reads).toBe(0);
    const { loss } = results[1]!;
    expect(results[1]!.loss).toBe(loss);
    expect(results[1]!.skipped).toBe(false);
    expect(reads).toBe(1);
  });
});

withTensorflow('what a step uploads', () => {
  /** Arrays that each of 30 steps sends to the device, after a few that make its constants. */
  const uploads = async (shape: Shape, rateOf: (step: number) => number) => {
    let sent = 0;
    const counting: Binding = {
      ...forwarding(binding!),
      createTensor: (size, type, data) => {
        sent += 1;
        return binding!.createTensor(size, type, data);
      },
    };
    const on = await engineOn({ binding: counting, gpu: false, versions: {} });
    const trainer = on.create(optionsOf(shape, { optimizer: optimizers[4]!, clip: clips[1]! }));
    const counts = Array.from({ length: 36 }, (_, step) => {
      sent = 0;
      trainer.step(batchOf(shape, { index: step % 3 }), rateOf(step));
      return sent;
    });
    trainer.dispose();
    return new Set(counts.slice(6));
  };

  test('the batch alone', async () => {
    // Inputs and targets.
    expect(await uploads(small, () => 0.01)).toEqual(new Set([2]));
    expect(await uploads({ ...small, head: 'regression' }, () => 0.01)).toEqual(new Set([2]));
    // And which targets are scored, and the lengths: as numbers, as steps within, as last steps, whether there are any.
    const uneven: Shape = { ...small, everyStep: true, uneven: true, vocabulary: 5 };
    expect(await uploads(uneven, () => 0.01)).toEqual(new Set([7]));
  });

  test('a learning rate when it changes, however often it does', async () => {
    expect(await uploads(small, (step) => 0.01 + 0.001 * Math.floor(step / 4))).toEqual(new Set([2, 3]));
    const device = new Device(binding!);
    const before = binding!.getNumOfTensors();
    for (let i = 0; i < 3_000; i++) device.scope(() => device.scalar(i));
    expect(binding!.getNumOfTensors() - before).toBeLessThanOrEqual(1_000);
    device.scope(() => {
      // Within a scope none is forgotten that may be in use.
      const first = device.scalar(0.5);
      for (let i = 0; i < 3_000; i++) device.scalar(-i);
      expect(device.read(first)).toEqual(Float32Array.of(0.5));
    });
    device.dispose();
    expect(binding!.getNumOfTensors()).toBe(before);
  });
});

withTensorflow('from the command line', () => {
  test('a run repeats to the byte, and continues to the byte after a pause', async () => {
    const folder = temporaryFolder();
    const config = loadConfig(writeConfig(folder, { engine: '{ name: tensorflow, device: cpu }' }));
    const session = async (name: string, until?: number) => {
      const stopRequest = new StopRequest();
      const progress = createProgress(config, true);
      const options = { root: join(folder, name), fresh: false, progress, stopRequest };
      const result = await run(config, until === undefined ? options : { ...options, until });
      stopRequest.dispose();
      return result;
    };
    const { directory } = await session('whole');
    const meta = JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8'));
    expect(meta.engine).toMatchObject({
      engine: 'tensorflow',
      instructionSet: 'raw',
      kernelReason: 'cuDNN needs a GPU',
      environment: { CUBLAS_WORKSPACE_CONFIG: ':4096:8', TF_USE_DETERMINISTIC_SEGMENT_REDUCTIONS: '1' },
    });
    expect((await session('parts', 47)).outcome).toBeNull();
    const parts = await session('parts');
    for (const file of ['metrics.csv', 'checkpoint-100.safetensors']) {
      expect(
        readFileSync(join(parts.directory, file)).equals(readFileSync(join(directory, file))),
        file,
      ).toBe(true);
    }
  });

  test('CUDA that is asked for and not there is an error', async () => {
    const folder = temporaryFolder();
    const { exitCode, stderr } = await irnnRun(
      writeConfig(folder),
      '--out',
      folder,
      '--engine',
      'tensorflow',
      '--device',
      'cuda',
    );
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(
      /engine\.device is cuda, but TensorFlow computes on the CPU here: .+\n.*engine\.device to cpu/,
    );
  });

  test('doctor says what is there', async () => {
    const { stdout } = await irnnRun('doctor');
    expect(stdout).toMatch(
      /- +engine tensorflow, raw +on the CPU: .*libtensorflow \d.*gradients within \d\.\de-\d/,
    );
  });
});
