import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { threadsWorthwhile } from '../../src/engines/kernels/threads.ts';
import { native } from '../../src/engines/native/engine.ts';
import type { Cell } from '../../src/models/cells.ts';
import { grantedCores } from '../../src/support/cores.ts';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { optionsOf } from './fixtures.ts';

function modelOf(cell: Cell, hidden: number) {
  return optionsOf({ cell, head: 'regression', T: 2, B: 2, I: 2, H: hidden, O: 1 }).model;
}

describe('threads', () => {
  it.each([
    ['relu', 16, 1],
    ['relu', 100, 1],
    ['tanh', 250, 2],
    ['lstm', 50, 1],
    ['lstm', 100, 2],
    ['lstm', 512, 2],
  ] as const)('of a layer of %s with %i units: %i of two', (cell, hidden, threads) => {
    expect(threadsWorthwhile(modelOf(cell, hidden), 2)).toBe(threads);
  });

  it('are as many as asked for where cores are not counted', () => {
    const engine = native.load({ threads: 3 });
    const trainer = engine.create(
      optionsOf({ cell: 'relu', head: 'regression', T: 2, B: 2, I: 2, H: 4, O: 1 }),
    );
    expect(trainer.threads).toBe(3);
    trainer.dispose();
  });

  it("are no more than a container's share of the cores", () => {
    const file = join(temporaryFolder(), 'cpu.max');
    writeFileSync(file, '100000 100000\n');
    expect(grantedCores(file)).toBe(1);
    writeFileSync(file, 'max 100000\n');
    expect(grantedCores(file)).toBe(availableParallelism());
  });

  it('change no bit of a run, which says how many it takes', async () => {
    const folder = temporaryFolder();
    const wide = {
      model: '{ type: lstm, hidden: 101 }',
      training: '{ steps: 6, batch: 4, learning_rate: 0.01 }',
    };
    const ran = async (name: string, changes: Record<string, string>, threads: number) => {
      const out = join(folder, name);
      const config = writeConfig(folder, { ...changes, engine: `{ name: native, threads: ${threads} }` });
      const { exitCode, stderr } = await irnnRun(config, '--out', out);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      const [run] = readdirSync(out);
      const read = (file: string) => readFileSync(join(out, run!, file));
      const meta = JSON.parse(read('meta.json').toString());
      return {
        stderr,
        used: meta.engine.threads,
        metrics: read('metrics.csv'),
        weights: read('checkpoint-6.safetensors'),
      };
    };
    const [one, two] = [await ran('one', wide, 1), await ran('two', wide, 2)];
    expect(one.stderr).not.toContain('instead of');
    expect(two.used).toBe(Math.min(2, availableParallelism()));
    expect(two.metrics).toEqual(one.metrics);
    expect(two.weights).toEqual(one.weights);
    const narrow = await ran('narrow', { training: wide.training }, 2);
    expect(narrow.used).toBe(1);
    expect(narrow.stderr).toContain('engine.threads: 1 thread instead of 2, because ');
  });
});
