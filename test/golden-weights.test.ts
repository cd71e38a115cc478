/**
 * The weights after the first updates of shipped configs, to the bit: a hash for every cell, head and instruction set, in
 * golden/weights.json. A change that alters one alters training runs: it raises the numerics version of the instruction
 * sets it concerns (a table in the native engine's room), and then UPDATE_GOLDEN=1 npx vitest run test/golden-weights.test.ts writes
 * the new hashes. It refuses where the version was not raised. A set that the machine lacks keeps its old entries; one that
 * nobody has recorded yet is skipped.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { seedsOf } from '../src/config/seeds.ts';
import type { Engine } from '../src/engines/engine.ts';
import { kernelsOf, loadEngine } from '../src/engines/registry.ts';
import { wasm as wasmRoom } from '../src/engines/wasm/engine.ts';
import { packageFile } from '../src/support/package.ts';
import { createTask } from '../src/tasks/task.ts';
import { createTrainer } from '../src/training/create-trainer.ts';
import { learningRateAt } from '../src/training/schedule.ts';

const adding = {
  files: ['adding-t150', 'adding-t150-rnn-tanh', 'adding-t150-rnn-relu', 'adding-t150-lstm'],
  steps: 20,
};
const rest = { files: ['mnist', 'mnist-permuted-lstm', 'lm-smoke', 'smoke-speech'], steps: 3 };
const listed = ({ files, steps }: typeof adding): Case[] =>
  files.map((file) => ({ name: file, file, steps }));
/** amx is emulated where it is not there, slowly: few steps, and none of 784 pixels. IRNN_RUN_EMULATE_AMX=0 tests the real one. */
process.env.IRNN_RUN_EMULATE_AMX ??= '1';
const emulated: Case[] = [
  ...listed({ files: adding.files, steps: 2 }),
  ...listed({ files: ['lm-smoke', 'smoke-speech'], steps: 1 }),
  { name: 'adding-t150, bf16x3', file: 'adding-t150', steps: 2, precision: 'bf16x3' },
];
const casesOf = (set: string): Case[] => (set === 'amx' ? emulated : [adding, rest].flatMap(listed));

type Instructions = Config['engine']['instruction_set'];

interface Case {
  readonly name: string;
  readonly file: string;
  readonly steps: number;
  readonly precision?: Config['training']['precision'];
}

interface Golden {
  readonly numerics: number;
  readonly hashes: Readonly<Record<string, string>>;
}

const path = new URL('golden/weights.json', import.meta.url);
const recorded = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Golden>;
const kernels = [...kernelsOf('native'), wasmRoom.load().info];

function configOf(file: string, precision: Config['training']['precision']): Config {
  const config = loadConfig(packageFile(`configs/${file}.yaml`));
  return { ...config, training: { ...config.training, precision } };
}

async function weightsAfter(engine: Engine, config: Config, steps: number): Promise<string> {
  const task = await createTask(config.task, { seeds: seedsOf(config), batchSize: config.training.batch });
  const trainer = createTrainer(engine, config, task, 1);
  try {
    for (let step = 0; step < steps; step++) {
      trainer.step(task.batch('train', step), learningRateAt(config.training, step));
    }
    const hash = createHash('sha256');
    for (const [name, { data }] of trainer.parameters()) {
      hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    return hash.digest('hex');
  } finally {
    trainer.dispose();
  }
}

const update = process.env.UPDATE_GOLDEN !== undefined;
const known = kernels.filter(({ instructionSet }) => update || recorded[instructionSet] !== undefined);
const unknown = kernels.filter((info) => !known.includes(info));
if (unknown.length > 0)
  test.skip.each(unknown)('$instructionSet: nothing is recorded: UPDATE_GOLDEN=1', () => {});

test.each(known)(
  '$instructionSet: the first updates give the recorded weights',
  { timeout: 120_000 },
  async (info) => {
    const { instructionSet, numerics } = info;
    const hashes: Record<string, string> = {};
    for (const { name, file, steps, precision = 'float32' } of casesOf(instructionSet)) {
      const config = configOf(file, precision);
      const engine = await loadEngine(
        {
          ...config.engine,
          name: info.engine as Config['engine']['name'],
          instruction_set: (info.engine === 'native' ? instructionSet : 'auto') as Instructions,
        },
        config.model,
      );
      hashes[name] = await weightsAfter(engine, config, steps);
    }
    const golden = recorded[instructionSet];
    if (update) {
      const raised = golden === undefined || golden.numerics < numerics;
      if (!raised)
        expect(hashes, `raise the numerics version of ${instructionSet} first`).toMatchObject(golden.hashes);
      recorded[instructionSet] = { numerics, hashes };
      writeFileSync(path, `${JSON.stringify(recorded, null, 2)}\n`);
      return;
    }
    expect(golden!.numerics, 'the version was raised: UPDATE_GOLDEN=1').toBe(numerics);
    expect(hashes, `bits changed: raise the numerics version of ${instructionSet}`).toEqual(golden!.hashes);
  },
);
