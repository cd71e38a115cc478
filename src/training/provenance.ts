import { cpus, hostname, totalmem } from 'node:os';
import type { EngineInfo } from '../engines/engine.ts';
import { countParameters } from '../models/parameters.ts';
import type { ModelSpec } from '../models/spec.ts';
import { gitState, version } from '../support/package.ts';
import type { Task } from '../tasks/task.ts';

/** Facts that hold for the whole run. */
export function describeRun(hash: string, engine: EngineInfo, task: Task, model: ModelSpec) {
  return {
    config_hash: hash,
    engine,
    parameters: countParameters(model),
    data: task.provenance,
    baseline: task.baseline,
  };
}

/** Facts about this process: a run may be continued elsewhere. */
export function describeSession(engine: EngineInfo, step: number) {
  return {
    started: new Date().toISOString(),
    from_step: step,
    irnn_run: version,
    git: gitState(),
    engine,
    node: process.version,
    v8: process.versions.v8,
    argv: process.argv.slice(2),
    host: hostname(),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
  };
}

/** One line for the log. */
export function describeEngine({ engine, device, instructionSet, threads }: EngineInfo): string {
  return `${engine} on ${device}, ${instructionSet}, ${threads} thread${threads === 1 ? '' : 's'}`;
}
