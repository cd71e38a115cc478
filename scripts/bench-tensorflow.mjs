// Times training steps of the tensorflow engine on the workloads of `irnn-run bench`: the fastest and the median of many
// short blocks, because other programs interfere with long ones.
//
//   npm run build && taskset -c 0 node scripts/bench-tensorflow.mjs [WORKLOAD...]
import { performance } from 'node:perf_hooks';
import { prepare, workloads } from '../dist/bench/workloads.js';
import { rooms } from '../dist/engines/registry.js';

const BLOCKS = 150;
const STEPS = 3;
const engine = await rooms.tensorflow.load({ device: 'auto' });
const names = process.argv.slice(2);
const wanted = names.length > 0 ? names : ['irnn-adding-t150', 'lstm-adding-t150'];
console.log(JSON.stringify(engine.info));
for (const workload of workloads.filter(({ name }) => wanted.includes(name))) {
  const { trainer, batch } = prepare(workload, engine);
  const block = () => {
    const start = performance.now();
    const results = Array.from({ length: STEPS }, () => trainer.step(batch, 1e-9));
    for (const result of results) if (result.skipped) throw new Error('a gradient is not finite');
    return (performance.now() - start) / STEPS;
  };
  block();
  const times = Array.from({ length: BLOCKS }, block).sort((a, b) => a - b);
  console.log(
    `${workload.name}: fastest ${times[0].toFixed(2)} ms, median ${times[BLOCKS >> 1].toFixed(2)} ms`,
  );
  trainer.dispose();
}
process.exit(0);
