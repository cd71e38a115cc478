import { cpus } from 'node:os';
import { type EngineName, engineNames } from '../config/engines.ts';
import { rooms } from '../engines/registry.ts';
import type { EngineSettings } from '../engines/room.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { measure, type WorkloadResult } from './measure.ts';
import { workloads } from './workloads.ts';

/** What `irnn-run bench --json` prints. */
export interface BenchReport {
  /** The largest multiply-add peak of one core that was measured during the run. */
  readonly peak: { readonly gflops: number };
  readonly workloads: readonly WorkloadResult[];
  readonly instruction_set: string;
  readonly threads: number;
  readonly cpu: string;
  /** ISO 8601, when the measurement began. */
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly seconds_per_workload: number;
}

export interface BenchRequest {
  /** Names of workloads; empty for all. */
  readonly workloads: readonly string[];
  readonly seconds: number;
  readonly engine: EngineName;
  readonly settings: Required<Pick<EngineSettings, 'instruction_set' | 'threads'>>;
  /** Called after each workload, for progress. */
  readonly onResult?: (result: WorkloadResult) => void;
}

/**
 * Times the workloads one after the other on this core, each beside its own measurement of the peak. Throws
 * UserError: 64 for an engine that cannot measure its peak or for an unknown workload; and what loading the engine
 * throws.
 */
export async function bench(request: BenchRequest): Promise<BenchReport> {
  const unknown = request.workloads.filter((name) => !workloads.some((w) => w.name === name));
  if (unknown.length > 0) {
    throw new UserError(
      ExitCode.usage,
      `unknown workload ${unknown.join(', ')}; there are ${workloads.map((w) => w.name).join(', ')}`,
    );
  }
  const { measurePeak } = rooms[request.engine];
  if (measurePeak === undefined) {
    const measured = engineNames.filter((name) => rooms[name].measurePeak !== undefined);
    throw new UserError(
      ExitCode.usage,
      `bench cannot measure the ${request.engine} engine; it measures ${measured.join(', ')}`,
    );
  }
  const engine = await rooms[request.engine].load(request.settings);
  const { instructionSet, threads, versions } = engine.info;
  const date = new Date().toISOString();
  const chosen = workloads.filter(
    (w) => request.workloads.length === 0 || request.workloads.includes(w.name),
  );
  const results = chosen.map((workload) => {
    const result = measure(workload, engine, request.seconds, (seconds) =>
      measurePeak(instructionSet, seconds),
    );
    request.onResult?.(result);
    return result;
  });
  return {
    peak: { gflops: Math.max(...results.map((result) => result.peak_gflops)) },
    workloads: results,
    instruction_set: instructionSet,
    threads,
    cpu: cpus()[0]?.model ?? 'unknown',
    date,
    versions,
    seconds_per_workload: request.seconds,
  };
}

/** The report's lines for a terminal. */
export function describeReport(report: BenchReport): { title: string; header: string[]; rows: string[][] } {
  return {
    title:
      `${report.cpu}, ${report.threads} thread${report.threads === 1 ? '' : 's'}, ${report.instruction_set}: ` +
      `multiply-add peak of a core ${report.peak.gflops.toFixed(1)} GFLOP/s`,
    header: ['workload', 'ms/step', 'fastest', 'GFLOP/s', 'of peak'],
    rows: report.workloads.map((result) => [
      result.name,
      result.ms_per_step.toFixed(3),
      result.fastest_ms.toFixed(3),
      result.gflops.toFixed(1),
      `${(100 * result.fraction_of_peak).toFixed(1)} %`,
    ]),
  };
}
