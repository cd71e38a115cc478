// Training steps a second for gpu-check.mjs: of the paper's models, and from which size on a GPU pays.
import { performance } from 'node:perf_hooks';
import { batchOf, optionsOf } from './gpu-check-models.mjs';

const BLOCKS = 5;

/** Steps a second: the median of blocks of half a second; null for a model that the engine does not execute. */
function speed(on, shape) {
  let trainer;
  try {
    trainer = on.create(optionsOf(shape));
  } catch (error) {
    if (error.exitCode !== 78) throw error;
    return null;
  }
  const batch = batchOf(shape);
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
  return speeds[BLOCKS >> 1];
}

/** The models of the paper. */
export function timeWorkloads(engine, native) {
  const both = { layers: 2, bidirectional: true, at: 'every-step' };
  const workloads = [
    ['adding, IRNN 100', { T: 150, I: 2, H: 100, O: 2, cell: 'relu' }],
    ['adding, LSTM 100', { T: 150, I: 2, H: 100, O: 2, cell: 'lstm' }],
    ['pixels, IRNN 100', { T: 784, I: 1, H: 100, O: 10, cell: 'relu' }],
    ['pixels, LSTM 100', { T: 784, I: 1, H: 100, O: 10, cell: 'lstm' }],
    ['frames, 2 x 250 IRNN in both directions', { T: 300, I: 120, H: 250, O: 61, cell: 'relu', ...both }],
    ['frames, 2 x 250 LSTM in both directions', { T: 300, I: 120, H: 250, O: 61, cell: 'lstm', ...both }],
    ['wide, LSTM 1024', { T: 35, I: 256, H: 1024, O: 1000, cell: 'lstm', at: 'every-step' }],
  ];
  console.log('\nTraining: steps/s, batch 16, median of blocks');
  for (const [name, shape] of workloads) {
    const [ours, theirs] = [engine, native].map((on) => speed(on, { B: 16, ...shape }));
    console.log(
      `${name}: tensorflow ${ours.toPrecision(3)}, native ${theirs?.toPrecision(3) ?? 'does not execute it'}`,
    );
  }
}

/**
 * From how many units on the GPU is faster than one core: `engine: auto` should take its bound from this table. One
 * core's time grows as T does, and is measured at the smallest T.
 */
export function findCrossover(engine, native) {
  const lengths = [20, 150, 784];
  console.log(
    '\nms a training step, tensorflow / native on one core (native measured at T = 20 and multiplied)',
  );
  console.log('| cell | units | batch | T = 20 | T = 150 | T = 784 |\n|---|---|---|---|---|---|');
  const bounds = new Map();
  for (const cell of ['relu', 'lstm']) {
    for (const B of [16, 128]) {
      for (const H of [100, 256, 512, 1024]) {
        const shape = { cell, H, B, I: 2, O: 2 };
        const nativeStep = 1000 / speed(native, { ...shape, T: lengths[0] }) / lengths[0];
        const cells = lengths.map((T) => {
          const [ours, theirs] = [1000 / speed(engine, { ...shape, T }), nativeStep * T];
          const key = `${cell}, batch ${B}, T = ${T}`;
          if (ours < theirs && !bounds.has(key)) bounds.set(key, H);
          return `${ours.toPrecision(3)} / ${theirs.toPrecision(3)}`;
        });
        console.log(`| ${cell} | ${H} | ${B} | ${cells.join(' | ')} |`);
      }
      for (const T of lengths) {
        const key = `${cell}, batch ${B}, T = ${T}`;
        console.log(`${key}: tensorflow is faster from ${bounds.get(key) ?? 'more than 1024'} units on`);
      }
    }
  }
}
