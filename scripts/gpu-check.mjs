// The comparison behind scripts/gpu-check.sh; works on the compiled program in dist/.
import { performance } from 'node:perf_hooks';
import { loadNativeEngine } from '../dist/engines/native/engine.js';
import { loadReferenceEngine } from '../dist/engines/reference.js';
import { loadTensorflowEngine } from '../dist/engines/tensorflow/engine.js';
import { wholeSequences } from '../dist/models/batch.js';
import { elements, parameterShapes } from '../dist/models/parameters.js';
import { version } from '../dist/support/package.js';
import { Philox, Stream } from '../dist/support/philox.js';

/** Relative, in the L2 norm of a tensor. GPUs add in other orders than CPUs. */
const TOLERANCE = 1e-4;
const BLOCKS = 5;

const device = process.argv.includes('--device')
  ? process.argv[process.argv.indexOf('--device') + 1]
  : 'cuda';
const reference = await loadReferenceEngine();
const native = loadNativeEngine({ instructionSet: 'auto' });
const engine = await loadTensorflowEngine({ device }).catch((error) => {
  console.error(`${error.message}\nFAIL`);
  process.exit(1);
});
console.log(`irnn-run ${version}, Node ${process.version}, ${new Date().toISOString()}`);
console.log(`tensorflow: ${JSON.stringify(engine.info)}\nnative: ${JSON.stringify(native.info)}`);

let failures = 0;
const verdict = (ok) => {
  if (!ok) failures += 1;
  return ok ? 'ok  ' : 'FAIL';
};
if (device === 'cuda') {
  console.log(`${verdict(engine.info.instructionSet === 'cudnn')} cuDNN's fused operations are used`);
}

console.log('\nGradients: largest relative error of a tensor');
const small = { T: 20, B: 8, I: 5, H: 24, O: 7 };
for (const cell of ['relu', 'tanh', 'lstm']) {
  for (const [layers, bidirectional] of [
    [1, false],
    [2, false],
    [1, true],
    [2, true],
  ]) {
    for (const at of ['last-step', 'every-step']) {
      for (const uneven of [false, true]) {
        const options = optionsOf({ ...small, cell, layers, bidirectional, at });
        const batch = batchOf({ ...small, at, uneven });
        const [expected, by] = gradientsOn(options, batch);
        const found = engine.create(options).gradients(batch).gradients;
        const errors = [...expected].map(([name, { data }]) => [
          relativeError(found.get(name).data, data),
          name,
        ]);
        const [error, name] = errors.sort(([a], [b]) => b - a)[0];
        const what = `${cell}, ${layers} layer${layers > 1 ? 's' : ''}${bidirectional ? ' in both directions' : ''}, ${at}${uneven ? ', uneven lengths' : ''}`;
        console.log(
          `${verdict(error < TOLERANCE)} ${error.toExponential(1)} ${name}: ${what} (against ${by})`,
        );
      }
    }
  }
}

console.log('\nTraining: steps/s, median of blocks (batch 16)');
const workloads = [
  ['adding, IRNN 100', { T: 150, I: 2, H: 100, O: 2, cell: 'relu', layers: 1 }],
  ['adding, LSTM 100', { T: 150, I: 2, H: 100, O: 2, cell: 'lstm', layers: 1 }],
  ['pixels, IRNN 100', { T: 784, I: 1, H: 100, O: 10, cell: 'relu', layers: 1 }],
  ['pixels, LSTM 100', { T: 784, I: 1, H: 100, O: 10, cell: 'lstm', layers: 1 }],
  [
    'frames, 2 x 250 IRNN in both directions',
    { T: 300, I: 120, H: 250, O: 61, cell: 'relu', layers: 2, bidirectional: true, at: 'every-step' },
  ],
  [
    'frames, 2 x 250 LSTM in both directions',
    { T: 300, I: 120, H: 250, O: 61, cell: 'lstm', layers: 2, bidirectional: true, at: 'every-step' },
  ],
  ['wide, LSTM 1024', { T: 35, I: 256, H: 1024, O: 1000, cell: 'lstm', layers: 1, at: 'every-step' }],
];
for (const [name, shape] of workloads) {
  const options = optionsOf({ bidirectional: false, at: 'last-step', B: 16, ...shape });
  const batch = batchOf({ at: 'last-step', B: 16, uneven: false, ...shape });
  const [ours, theirs] = [engine, native].map((on) => speed(on, options, batch));
  console.log(`${name}: tensorflow ${ours}, native ${theirs}`);
}

console.log(failures === 0 ? '\nPASS' : `\nFAIL: ${failures} of the checks above`);
process.exit(failures === 0 ? 0 : 1);

function optionsOf({ T, B, I, H, O, cell, layers, bidirectional, at }) {
  const model = {
    input: { kind: 'features', size: I },
    layers: Array.from({ length: layers }, () => ({ cell, hidden: H, bidirectional })),
    projection: null,
    dropout: 0,
    head: { kind: 'softmax', size: O, at },
  };
  const random = new Philox(1, Stream.init);
  const parameters = new Map();
  for (const [name, shape] of parameterShapes(model)) {
    const data = new Float32Array(elements(shape));
    // Below the size at which signals grow: 784 steps are long.
    random.fillNormal(data, name.includes('weight') ? 0.9 / Math.sqrt(shape[1]) : 0.1);
    parameters.set(name, { shape, data });
  }
  const optimizer = { name: 'sgd', momentum: 0 };
  const clip = { mode: 'norm', threshold: 1 };
  return {
    model,
    optimizer,
    clip,
    lossReduction: 'mean',
    batchSize: B,
    steps: T,
    parameters,
    softmaxSamples: null,
    seed: 1,
  };
}

function batchOf({ T, B, I, O, at, uneven }) {
  const random = new Philox(1, Stream.dataTrain);
  const x_TIB = new Float32Array(T * I * B);
  random.fillNormal(x_TIB, 1);
  const target = Int32Array.from({ length: at === 'every-step' ? T * B : B }, () => random.below(O));
  const batch = wholeSequences({ size: B, steps: T, x_TIB, target });
  if (!uneven) return batch;
  const lengths = Int32Array.from({ length: B }, (_, b) => (b === 1 ? 0 : T - b));
  for (let n = 0; n < target.length; n++) {
    if ((at === 'every-step' ? Math.floor(n / B) : 0) >= lengths[n % B]) target[n] = -1;
  }
  return { ...batch, lengths };
}

/** From the native engine, or the reference where native refuses the model. */
function gradientsOn(options, batch) {
  try {
    return [native.create(options).gradients(batch).gradients, 'native'];
  } catch (error) {
    if (error.exitCode !== 78) throw error;
  }
  return [reference.create(options).gradients(batch).gradients, 'reference'];
}

function speed(on, options, batch) {
  let trainer;
  try {
    trainer = on.create(options);
  } catch (error) {
    if (error.exitCode !== 78) throw error;
    return 'does not execute it';
  }
  // A GPU is asked for its results once a block, as in a run.
  const block = (steps) => {
    const start = performance.now();
    const results = Array.from({ length: steps }, () => trainer.step(batch, 1e-9));
    for (const result of results) if (result.skipped) throw new Error('a gradient is not finite');
    return (1000 * steps) / (performance.now() - start);
  };
  block(1);
  const steps = Math.max(1, Math.round(0.5 * block(2)));
  const speeds = Array.from({ length: BLOCKS }, () => block(steps)).sort((a, b) => a - b);
  trainer.dispose();
  return speeds[BLOCKS >> 1].toPrecision(3);
}

function relativeError(values, expected) {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (values[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}
