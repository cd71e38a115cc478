// The comparison behind scripts/gpu-check.sh; works on the compiled program in dist/.
//
//   node scripts/gpu-check.mjs [--device cuda|cpu] [--checks-only] [--layout PROGRAM]
//
// PROGRAM is gpu-check-layout.cpp, compiled. Exit status: 0 PASS, 1 FAIL, 64 for an unknown option, 69 without TensorFlow or
// without the device.
import { parseArgs } from 'node:util';
import { rooms } from '../dist/engines/registry.js';
import { version } from '../dist/support/package.js';
import { askCudnn } from './gpu-check-layout.mjs';
import { batchOf, optionsOf, relativeError, worst } from './gpu-check-models.mjs';
import { findCrossover, timeWorkloads } from './gpu-check-speed.mjs';

/** Relative, in the L2 norm of a tensor. GPUs add in other orders than CPUs. */
const TOLERANCE = 1e-4;

const { device, layout, 'checks-only': checksOnly } = readOptions();
const reference = await rooms.reference.load();
const native = await rooms.native.load();
const engine = await rooms.tensorflow.load({ device }).catch((error) => {
  console.error(`${error.message}\nFAIL`);
  process.exit(error.exitCode ?? 1);
});
console.log(`irnn-run ${version}, Node ${process.version}, ${new Date().toISOString()}`);
console.log(`tensorflow: ${JSON.stringify(engine.info)}\nnative: ${JSON.stringify(native.info)}`);

let failures = 0;
function check(ok, text) {
  if (!ok) failures += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${text}`);
}
if (device === 'cuda') {
  const { instructionSet, kernelReason } = engine.info;
  check(
    instructionSet === 'cudnn',
    `cuDNN's operations are used${kernelReason ? `: no, ${kernelReason}` : ''}`,
  );
}
if (layout !== undefined) {
  const { ok, text } = askCudnn(layout, device);
  if (ok === null) console.log(`     ${text}`);
  else check(ok, text);
}

const small = { T: 20, B: 8, I: 5, H: 24, O: 7 };
const cells = ['relu', 'tanh', 'lstm'];

console.log('\nGradients: largest relative error of a tensor');
for (const cell of cells) {
  for (const layers of [1, 2]) {
    for (const bidirectional of [false, true]) {
      for (const at of ['last-step', 'every-step']) {
        for (const uneven of [false, true]) {
          const what = `${cell}, ${layers} layer${layers > 1 ? 's' : ''}${bidirectional ? ' in both directions' : ''}, ${at}`;
          checkGradients({ ...small, cell, layers, bidirectional, at, uneven }, what);
        }
      }
    }
  }
  const words = { ...small, cell, layers: 2, at: 'every-step', uneven: true, V: 50 };
  checkGradients(words, `${cell}, embedding`);
  checkGradients({ ...words, bidirectional: true }, `${cell}, embedding, both directions`);
  checkGradients({ ...words, dropout: 0.3, projection: 6 }, `${cell}, embedding, dropout, projection`);
  checkGradients({ ...words, O: 60, softmaxSamples: 10 }, `${cell}, embedding, sampled softmax`);
}

console.log('\nSteps in turn of even and uneven lengths, state carried; evaluation');
for (const cell of cells)
  for (const layers of [1, 2]) checkSteps({ ...small, cell, layers, at: 'every-step' });

const times = device === 'cuda' ? 20 : 3;
console.log(
  `\nAre results the same bits each time? (${times} times the same gradients; nothing is promised on a GPU)`,
);
for (const cell of cells) {
  for (const V of [undefined, 50]) {
    const shape = { ...small, T: 100, H: 128, cell, at: 'every-step', uneven: true, V };
    const bits = () => {
      const { gradients } = engine.create(optionsOf(shape)).gradients(batchOf(shape));
      return [...gradients.values()].map(({ data }) => Buffer.from(data.buffer).toString('base64')).join();
    };
    const first = bits();
    const same = Array.from({ length: times - 1 }, bits).filter((other) => other === first).length;
    console.log(`     ${cell}${V ? ', embedding' : ''}: ${same + 1} of ${times}`);
  }
}

if (!checksOnly) {
  timeWorkloads(engine, native);
  findCrossover(engine, native);
}

console.log(failures === 0 ? '\nPASS' : `\nFAIL: ${failures} of the checks above`);
process.exit(failures === 0 ? 0 : 1);

function readOptions() {
  const options = {
    device: { type: 'string', default: 'cuda' },
    'checks-only': { type: 'boolean', default: false },
    layout: { type: 'string' },
  };
  try {
    const { values } = parseArgs({ options });
    if (['cuda', 'cpu'].includes(values.device)) return values;
    console.error(`gpu-check: --device is cuda or cpu, not ${values.device}`);
  } catch (error) {
    console.error(`gpu-check: ${error.message}`);
  }
  process.exit(64);
}

function checkGradients(shape, what) {
  const [options, batch] = [optionsOf(shape), batchOf(shape)];
  const [expected, by] = gradientsOn(options, batch);
  const found = engine.create(options).gradients(batch);
  const { error, name } = worst(found.gradients, expected.gradients);
  const ofLoss = relativeError([found.loss], [expected.loss]);
  check(
    error < TOLERANCE && ofLoss < TOLERANCE,
    `${error.toExponential(1)} ${name}: ${what}${shape.uneven ? ', uneven lengths' : ''} (against ${by})`,
  );
}

/** From the native engine, or the reference where native refuses the model. */
function gradientsOn(options, batch) {
  try {
    return [native.create(options).gradients(batch), 'native'];
  } catch (error) {
    if (error.exitCode !== 78) throw error;
  }
  return [reference.create(options).gradients(batch), 'reference'];
}

/** The second step begins with what the first ended with, and so on. */
function checkSteps(shape) {
  const [ours, theirs] = [engine, reference].map((on) => on.create(optionsOf(shape)));
  const errors = [];
  for (let index = 0; index < 6; index++) {
    const batch = batchOf({ ...shape, uneven: index % 2 === 1 }, index, index > 0);
    const [found, wanted] = [ours, theirs].map((one) => one.step(batch, 0.01));
    errors.push(relativeError([found.loss], [wanted.loss]));
    const [score, wantedScore] = [ours, theirs].map((one) => one.evaluate(batch));
    errors.push(relativeError([score.loss], [wantedScore.loss]), score.targets - wantedScore.targets);
  }
  errors.push(worst(ours.parameters(), theirs.parameters()).error);
  errors.push(worst(ours.state().carried, theirs.state().carried).error);
  const error = Math.max(...errors);
  check(
    error < TOLERANCE,
    `${error.toExponential(1)}: ${shape.cell}, ${shape.layers} layers (against reference)`,
  );
}
