/** The instruction set amx: where it is not there, where it is emulated, and its precision bf16x3. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadAddon, native } from '../../src/engines/native/engine.ts';
import { loadEngine, rooms } from '../../src/engines/registry.ts';
import { modelConfig } from '../config/model-config.ts';
import { batchOf, modelOf, optionsOf, parametersOf, relativeError, type Shape } from './fixtures.ts';

const shape: Shape = { cell: 'relu', head: 'regression', T: 20, B: 3, I: 2, H: 37, O: 2 };
const emulate = () => vi.stubEnv('IRNN_RUN_EMULATE_AMX', '1');
const onAmx = (threads = 1) => native.load({ instruction_set: 'amx', threads });

const setsHere = () => native.kernels().map(({ instructionSet }) => instructionSet);

beforeEach(() => vi.stubEnv('IRNN_RUN_EMULATE_AMX', '0'));
afterEach(() => vi.unstubAllEnvs());

const obstacle = loadAddon().amxObstacle();
describe.skipIf(obstacle === '')('a processor without amx', () => {
  it('refuses it and says why', () => {
    expect(setsHere()).not.toContain('amx');
    expect(native.examine().at(-1)).toMatchObject({
      engine: null,
      remark: expect.stringContaining(obstacle),
    });
    const refusal = { exitCode: 69, message: expect.stringContaining(`cannot be used: ${obstacle}`) };
    expect(() => onAmx()).toThrow(expect.objectContaining(refusal));
  });
});

describe('the emulation', () => {
  it('is there where it is asked for, and says so', () => {
    emulate();
    expect(setsHere().at(-1)).toBe('amx');
    expect(onAmx().info).toMatchObject({
      instructionSet: 'amx',
      device: expect.stringContaining('(AMX emulated)'),
      environment: { IRNN_RUN_EMULATE_AMX: '1' },
    });
  });

  it('is never chosen by auto', async () => {
    emulate();
    const engine = { name: 'auto', device: 'auto', instruction_set: 'auto', threads: 1 } as const;
    const { info } = await loadEngine(engine, modelConfig({ type: 'lstm', hidden: 200 }));
    expect(info.instructionSet).not.toBe('amx');
  });
});

describe('bf16x3', () => {
  // One vector of sequences, two, and what remains.
  it.each([3, 32, 70])('errs more than float32 and less than bf16, with %d sequences', (B) => {
    emulate();
    const results = (['float32', 'bf16x3'] as const).map((precision) => {
      const trainer = onAmx().create(optionsOf({ ...shape, B }, { precision }));
      const batch = batchOf({ ...shape, B });
      const gradient = trainer.gradients(batch).gradients.get('rnn.weight_hh_l0')!.data;
      const { loss } = trainer.evaluate(batch);
      trainer.dispose();
      return { gradient, loss };
    });
    const [exact, rough] = results as [(typeof results)[0], (typeof results)[0]];
    const error = relativeError(rough.gradient, exact.gradient);
    expect(error).toBeGreaterThan(1e-7);
    expect(error).toBeLessThan(1e-3);
    expect(relativeError([rough.loss], [exact.loss])).toBeLessThan(1e-4);
  });

  it('keeps the diagonal of a ReLU layer in float32: a scaled identity is exact', () => {
    emulate();
    const plain = { ...shape, T: 30, I: 1, O: 1 };
    const parameters = new Map(
      [...parametersOf(modelOf(plain))].map(([name, { shape: size, data }]) => {
        const values = new Float32Array(data.length);
        // 1 - 2^-20 has no 17-bit neighbour nearer than 2^-18.
        if (name === 'rnn.weight_hh_l0')
          for (let u = 0; u < plain.H; u++) values[u * plain.H + u] = 1 - 2 ** -20;
        if (name === 'rnn.bias_ih_l0') values.fill(1);
        return [name, { shape: size, data: values }] as const;
      }),
    );
    const trainer = onAmx().create(optionsOf(plain, { precision: 'bf16x3', parameters }));
    trainer.step({ ...batchOf(plain), carry: true }, 0);
    const { data } = trainer.state().carried.get('h_l0')!;
    trainer.dispose();
    let h = 0;
    for (let t = 0; t < plain.T; t++) h = Math.fround(1 + Math.fround(Math.fround(1 - 2 ** -20) * h));
    expect([...new Set(data)]).toEqual([h]);
  });

  it('is refused by every engine that has float32 only', async () => {
    const engines = [native.load(), rooms.wasm.load(), await rooms.reference.load()];
    for (const engine of await Promise.all(engines)) {
      expect(() => engine.create(optionsOf(shape, { precision: 'bf16x3' })), engine.info.engine).toThrow(
        expect.objectContaining({
          exitCode: 78,
          message: expect.stringMatching(/precision: bf16x3, but the/),
        }),
      );
    }
  });
});
