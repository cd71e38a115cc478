#!/usr/bin/env node
// Takes the network that the playground's digits are read by out of a run, and a hundred test digits out of MNIST:
// playground/digits/network.json, which is in git.
//
//   irnn-run configs/mnist.yaml --until-step 40000
//   node scripts/make-digits.mjs results/runs/mnist-459bb411-s1 40000
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadMnist, MNIST_PACKAGE, PIXELS } from '../dist/data/mnist.js';
import { readCsv } from '../dist/support/csv.js';
import { readCheckpoint } from '../dist/training/checkpoint.js';

const OF_EACH = 10;
const base64 = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const [directory, argument] = process.argv.slice(2);
const step = Number(argument);
const { parameters } = readCheckpoint(directory, step);
const row = readCsv(join(directory, 'metrics.csv')).rows.find((row) => row.step === step);
const meta = JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8'));
const { images, labels } = loadMnist(MNIST_PACKAGE).test;

// The first ten of each class.
const digits = Array.from({ length: 10 }, (_, label) =>
  [...labels.entries()]
    .filter(([, found]) => found === label)
    .slice(0, OF_EACH)
    .map(([index]) => ({ index, label })),
).flat();
const pixels = Buffer.concat(
  digits.map(({ index }) => images.subarray(index * PIXELS, (index + 1) * PIXELS)),
);

const network = {
  run: basename(directory),
  command: 'irnn-run configs/mnist.yaml',
  step,
  testAccuracy: row.test_accuracy,
  engine: `${meta.engine.engine}, ${meta.engine.instructionSet}`,
  parameters: Object.fromEntries(
    [...parameters].map(([name, { shape, data }]) => [name, { shape, data: base64(data) }]),
  ),
  digits,
  pixels: base64(pixels),
};
writeFileSync('playground/digits/network.json', `${JSON.stringify(network, null, 1)}\n`);
console.log(
  `playground/digits/network.json: ${network.run} at step ${network.step}, test accuracy ${network.testAccuracy}`,
);
