import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TrainerState } from '../engines/engine.ts';
import type { Parameters, Tensor } from '../models/spec.ts';
import { removeIfThere, replaceFile } from '../support/atomic-file.ts';
import type { CsvMark } from '../support/csv.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { FileBytes, sha256Of } from '../support/file-bytes.ts';
import { readRegular } from '../support/regular-file.ts';
import {
  readSafetensors,
  type StoredTensor,
  safetensorsParts,
  type TensorFile,
} from '../support/safetensors.ts';
import type { IntervalSnapshot } from './interval.ts';

/**
 * A checkpoint is two files. checkpoint-<step>.safetensors holds the tensors; checkpoint-<step>.json, renamed
 * into place last, is the commit record: it carries the checksum of the tensors and of itself. Without a
 * record that verifies, a checkpoint does not exist.
 */
export interface Checkpoint {
  readonly parameters: Parameters;
  readonly state: TrainerState;
  readonly interval: IntervalSnapshot;
  readonly loop: { readonly step: number; readonly skippedInARow: number };
  /** How far metrics.csv had got. */
  readonly metrics: CsvMark;
  readonly configHash: string;
}

interface CommitRecord {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly configHash: string;
  readonly loop: Checkpoint['loop'];
  readonly metrics: CsvMark;
  readonly updates: number;
  readonly interval: { readonly clipped: number; readonly skipped: number };
}

const count = z.int().min(0);
/** A checksum says that a record is what was written, not that it was written by this program. */
const recordShape = z.looseObject({
  file: z.string().regex(/^checkpoint-\d+\.safetensors$/),
  bytes: count,
  sha256: z.string(),
  configHash: z.string(),
  loop: z.looseObject({ step: count, skippedInARow: count }),
  metrics: z.looseObject({ bytes: count, sha256: z.string() }),
  updates: count,
  interval: z.looseObject({ clipped: count, skipped: count }),
});

const RECORD_NAME = /^checkpoint-(\d+)\.json$/;
const TENSORS_NAME = /^checkpoint-(\d+)\.safetensors$/;
const OPTIMIZER_PREFIX = 'optimizer.';
const CARRIED_PREFIX = 'carried.';
const LOSSES = 'interval.losses';
const GRADIENT_NORMS = 'interval.gradient_norms';

/** Which checkpoints stay when a newer one is there. */
export interface Keeping {
  /** How many of the newest. */
  readonly keep: number;
  /** That of each so many steps; null for none. */
  readonly keepEvery?: number | null | undefined;
  /** That of this step, the best one. */
  readonly best?: number | undefined;
}

/** Saves a checkpoint and then deletes what need not be kept. Throws if the disk refuses; older ones stay. */
export function saveCheckpoint(directory: string, checkpoint: Checkpoint, keeping: Keeping): void {
  const { parameters, state, interval, loop, metrics, configHash } = checkpoint;
  const tensors = new Map<string, StoredTensor>([
    ...withTorchBiases(parameters),
    ...[...state.slots].map(([name, tensor]) => [OPTIMIZER_PREFIX + name, tensor] as const),
    ...[...state.carried].map(([name, tensor]) => [CARRIED_PREFIX + name, tensor] as const),
    [LOSSES, vector(interval.losses)],
    [GRADIENT_NORMS, vector(interval.gradientNorms)],
  ]);
  const parts = safetensorsParts({
    tensors,
    metadata: { format: 'pt', config: configHash, step: String(loop.step) },
  });
  const file = checkpointFile(loop.step);
  const record: CommitRecord = {
    file,
    bytes: parts.reduce((sum, part) => sum + part.length, 0),
    sha256: sha256Of(parts),
    configHash,
    loop,
    metrics,
    updates: state.updates,
    interval: { clipped: interval.clipped, skipped: interval.skipped },
  };
  replaceFile(join(directory, file), parts);
  replaceFile(join(directory, recordName(loop.step)), sealRecord(record));
  pruneCheckpoints(directory, keeping);
}

/** Deletes the checkpoints up to a step that need not be kept. */
export function pruneCheckpoints(
  directory: string,
  { keep, keepEvery, best }: Keeping,
  newest = Number.POSITIVE_INFINITY,
): void {
  const steps = checkpointSteps(directory).filter((step) => step <= newest);
  for (const step of steps.slice(keep)) {
    const isKept = step === best || (keepEvery != null && step > 0 && step % keepEvery === 0);
    if (isKept) continue;
    // Record first: tensors without a record are no checkpoint, a record without tensors would be a broken one.
    removeIfThere(join(directory, recordName(step)));
    removeIfThere(join(directory, checkpointFile(step)));
  }
}

/** Deletes tensors that a killed process left without a commit record: the caller owns the directory. */
export function removeOrphans(directory: string): void {
  const steps = new Set(checkpointSteps(directory));
  for (const name of readdirSync(directory)) {
    const step = TENSORS_NAME.exec(name)?.[1];
    if (step !== undefined && !steps.has(Number(step))) removeIfThere(join(directory, name));
  }
}

/** How far metrics.csv had got at the checkpoint with this file of tensors; null if it is not there. Throws UserError (65) if its record is damaged. */
export function recordedMetrics(directory: string, file: string): CsvMark | null {
  const step = TENSORS_NAME.exec(file)?.[1];
  const path = step === undefined ? null : join(directory, recordName(Number(step)));
  return path !== null && existsSync(path) ? openRecord(path).metrics : null;
}

/** Steps of the committed checkpoints in a run directory, newest first. */
export function checkpointSteps(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => RECORD_NAME.exec(name)?.[1])
    .filter((step) => step !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
}

/**
 * Reads and verifies one checkpoint.
 * Throws UserError (66) if it is not there and UserError (65) if it is damaged.
 */
export function readCheckpoint(directory: string, step: number): Checkpoint {
  const recordPath = join(directory, recordName(step));
  if (!existsSync(recordPath))
    throw new UserError(ExitCode.missingInput, `${recordPath}: no such checkpoint`);
  const record = openRecord(recordPath);
  const path = join(directory, record.file);
  const damaged = (why: string) => new UserError(ExitCode.badData, `${path}: ${why}`);
  if (!existsSync(path)) throw damaged('missing, although its commit record is there');
  const { tensors } = readTensors(path, record, damaged);
  const parameters = new Map<string, Tensor>();
  const slots = new Map<string, Tensor>();
  const carried = new Map<string, Tensor>();
  for (const [name, { shape, data: values }] of tensors) {
    if (!(values instanceof Float32Array) || isTorchZeroBias(name)) continue;
    if (name.startsWith(OPTIMIZER_PREFIX))
      slots.set(name.slice(OPTIMIZER_PREFIX.length), { shape, data: values });
    else if (name.startsWith(CARRIED_PREFIX))
      carried.set(name.slice(CARRIED_PREFIX.length), { shape, data: values });
    else parameters.set(name, { shape, data: values });
  }
  return {
    parameters,
    state: { slots, updates: record.updates, carried },
    interval: {
      losses: doubles(tensors, LOSSES),
      gradientNorms: doubles(tensors, GRADIENT_NORMS),
      ...record.interval,
    },
    loop: record.loop,
    metrics: record.metrics,
    configHash: record.configHash,
  };
}

/** Reads the tensors once the whole file is known to be what was written. */
function readTensors(path: string, record: CommitRecord, damaged: (why: string) => UserError): TensorFile {
  const file = new FileBytes(path);
  try {
    if (file.length !== record.bytes) throw damaged(`expected ${record.bytes} bytes, found ${file.length}`);
    if (file.sha256() !== record.sha256) throw damaged('its checksum does not match its commit record');
    return readSafetensors(file);
  } finally {
    file.close();
  }
}

/**
 * torch.nn cells add two biases, ours have one: a checkpoint carries the second one as zeros, so that
 * load_state_dict finds every name it expects.
 */
function withTorchBiases(parameters: Parameters): [string, StoredTensor][] {
  return [...parameters].flatMap(([name, tensor]) => {
    if (!name.includes('.bias_ih_')) return [[name, tensor]];
    const zeros = { shape: tensor.shape, data: new Float32Array(tensor.data.length) };
    return [[name, tensor] as [string, StoredTensor], [name.replace('.bias_ih_', '.bias_hh_'), zeros]];
  });
}

function isTorchZeroBias(name: string): boolean {
  return name.includes('.bias_hh_');
}

/** A record with its own checksum, so that a flipped bit in a step number cannot pass. */
function sealRecord(record: CommitRecord): string {
  return `${JSON.stringify({ record, sha256: sha256OfText(JSON.stringify(record)) }, null, 2)}\n`;
}

function openRecord(path: string): CommitRecord {
  try {
    const sealed = JSON.parse(readRegular(path).toString()) as { record: CommitRecord; sha256: string };
    const isWhole = sha256OfText(JSON.stringify(sealed.record)) === sealed.sha256;
    if (isWhole && recordShape.safeParse(sealed.record).success) return sealed.record;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new UserError(ExitCode.badData, `${path}: damaged commit record`);
}

export function checkpointFile(step: number): string {
  return `checkpoint-${step}.safetensors`;
}

function recordName(step: number): string {
  return `checkpoint-${step}.json`;
}

function vector(data: Float64Array): StoredTensor {
  return { shape: [data.length], data };
}

function doubles(tensors: ReadonlyMap<string, StoredTensor>, name: string): Float64Array {
  return Float64Array.from(tensors.get(name)?.data ?? []);
}

function sha256OfText(text: string): string {
  return sha256Of([Buffer.from(text)]);
}
