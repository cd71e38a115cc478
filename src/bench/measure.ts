import { performance } from 'node:perf_hooks';
import type { Engine } from '../engines/engine.ts';
import { flops, prepare, type Workload } from './workloads.ts';

export interface WorkloadResult {
  readonly name: string;
  /** Median over the blocks. */
  readonly ms_per_step: number;
  readonly gflops: number;
  /** Of the larger of the two peaks measured just before and just after this workload, times the number of threads. */
  readonly fraction_of_peak: number;
  /** Of one core. */
  readonly peak_gflops: number;
  readonly blocks: number;
  readonly fastest_ms: number;
  readonly slowest_ms: number;
}

const BLOCKS = 9;
const WARM_UP_STEPS = 3;
const PEAK_SECONDS = 0.25;
/** Small enough that the weights stay where they are; the arithmetic of the update is the same. */
const LEARNING_RATE = 1e-9;

/**
 * Times training steps for about `seconds`, in blocks. `peak` measures the core's multiply-add peak in operations a
 * second; it is asked before and after, because clocks drift and other programs interfere.
 */
export function measure(
  workload: Workload,
  engine: Engine,
  seconds: number,
  peak: (seconds: number) => number,
): WorkloadResult {
  const { trainer, batch } = prepare(workload, engine);
  const block = (steps: number) => {
    const start = performance.now();
    for (let i = 0; i < steps; i++) trainer.step(batch, LEARNING_RATE);
    return (performance.now() - start) / steps;
  };
  const peakBefore = peak(PEAK_SECONDS);
  const estimate = block(WARM_UP_STEPS);
  const steps = Math.max(1, Math.round((seconds * 1000) / BLOCKS / estimate));
  const blocks = Array.from({ length: BLOCKS }, () => block(steps)).sort((a, b) => a - b);
  const peakAfter = peak(PEAK_SECONDS);
  trainer.dispose();

  const ms = blocks[BLOCKS >> 1]!;
  const gflops = flops(workload) / ms / 1e6;
  const peakGflops = Math.max(peakBefore, peakAfter) / 1e9;
  return {
    name: workload.name,
    ms_per_step: ms,
    gflops,
    fraction_of_peak: gflops / (peakGflops * engine.info.threads),
    peak_gflops: peakGflops,
    blocks: BLOCKS,
    fastest_ms: blocks[0]!,
    slowest_ms: blocks[BLOCKS - 1]!,
  };
}
