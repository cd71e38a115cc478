// The table of src/engines/kernels/threads.ts: the fastest training steps of one layer on one and two threads, timed in turn.
// SECONDS=4 node scripts/bench-threads.mjs      (10 shapes of two cells, so about 80 seconds; after npm run build)
import { prepare } from '../dist/bench/workloads.js';
import { rooms } from '../dist/engines/registry.js';

const seconds = Number(process.env.SECONDS ?? 4);
const [T, B] = [20, 16];

/** Milliseconds of the fastest step on one and on two threads: other programs only ever slow a step down. */
function fastest(cell, hidden) {
  const input = { kind: 'features', size: 2 };
  const head = { kind: 'regression', size: 1, at: 'last-step' };
  const layers = [{ cell, hidden, bidirectional: false }];
  const model = { input, layers, projection: null, dropout: 0, head };
  const teams = [1, 2].map((threads) => ({
    ...prepare({ name: '', model, batch: B, steps: T }, rooms.native.load({ threads })),
    best: Number.POSITIVE_INFINITY,
  }));
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    for (const team of teams) {
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        team.trainer.step(team.batch, 1e-9);
        team.best = Math.min(team.best, performance.now() - start);
      }
    }
  }
  for (const { trainer } of teams) trainer.dispose();
  return teams.map(({ best }) => best);
}

console.log(`ms a step, T = ${T}, batch ${B}, ${rooms.native.load().info.instructionSet}`);
console.log('cell   units  1 thread  2 threads  ratio');
for (const cell of ['relu', 'lstm']) {
  for (const hidden of [16, 50, 100, 250, 512]) {
    const [one, two] = fastest(cell, hidden);
    const cells = [
      cell.padEnd(5),
      String(hidden).padStart(6),
      one.toFixed(3).padStart(9),
      two.toFixed(3).padStart(10),
    ];
    console.log(...cells, (one / two).toFixed(2).padStart(6));
  }
}
