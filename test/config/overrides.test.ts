import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import type { UserError } from '../../src/support/errors.ts';
import { EXAMPLE, edited, errorOf } from './example.ts';

const load = (set: readonly string[], text = EXAMPLE) => parseConfig(text, 'x.yaml', { set });

test('a value is set, and read as YAML', () => {
  const { training, stop } = load([
    'training.steps=200',
    'training.learning_rate=1e-6',
    'training.clip={threshold: 1, mode: elementwise}',
    'training.optimizer=adam',
    'stop={metric: valid_mse, below: 0.01}',
  ]);
  expect(training).toMatchObject({
    steps: 200,
    learning_rate: 1e-6,
    clip: { threshold: 1, mode: 'elementwise' },
  });
  expect(training.optimizer).toMatchObject({ name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  expect(stop).toEqual({ metric: 'valid_mse', below: 0.01, evaluations: 1, extra_steps: 0, patience: null });
});

test('a path through null or through a missing map makes the map', () => {
  expect(load(['training.clip.threshold=10']).training.clip).toEqual({ threshold: 10, mode: 'norm' });
  const text = edited('learning_rate: 0.01', 'learning_rate: 0.01, clip: null');
  expect(load(['training.clip.threshold=10'], text).training.clip).toEqual({ threshold: 10, mode: 'norm' });
  expect(load(['checkpoint.every=7']).checkpoint).toMatchObject({ every: 7, keep: 2 });
});

test('null removes the stop rule', () => {
  const text = `${EXAMPLE}stop: { metric: valid_mse, below: 0.01 }\n`;
  expect(load([], text).stop).not.toBeNull();
  expect(load(['stop=null'], text).stop).toBeNull();
  expect(load(['stop='], text).stop).toBeNull();
});

test('the last one wins; --seed, --engine and --device are shorthands', () => {
  expect(load(['seed=3', 'seed=4']).seed).toBe(4);
  const config = parseConfig(EXAMPLE, 'x.yaml', {
    set: ['seed=3'],
    seed: '5',
    engine: 'tensorflow',
    device: 'cpu',
  });
  expect(config).toMatchObject({
    seed: 5,
    engine: { name: 'tensorflow', device: 'cpu', instruction_set: 'auto' },
  });
});

test('a model is replaced as a whole, or changed in type when its keys allow', () => {
  const text = edited('{ type: irnn }', '{ type: irnn, scale: 2 }');
  expect(load(['model={type: lstm, hidden: 9}'], text).model).toMatchObject({ type: 'lstm', hidden: 9 });
  expect(load(['model.type=lstm']).model).toMatchObject({ type: 'lstm', forget_bias: 1 });
  const error = errorOf(text, { set: ['model.type=lstm'] });
  expect(error.message).toContain('x.yaml:3:22: unknown key "scale" in model (type: lstm)');
  expect(error.message).toContain("replace them with --set 'model={type: lstm, ...}'");
});

test.each([
  ['model.hiden=3', '--set model.hiden=3: unknown key "hiden" in model (type: irnn); did you mean "hidden"?'],
  ['trainig.steps=3', '--set trainig.steps=3: unknown key "trainig"; did you mean "training"?'],
  [
    'training.steps=many',
    '--set training.steps=many: training.steps: expected a whole number from 0 to 1000000000000, found',
  ],
  ['training.steps={', '--set training.steps={: not valid YAML'],
  ['training.steps=*a', '--set training.steps=*a: *a: no anchor &a stands before it'],
  ['training.steps=.inf', '--set training.steps=.inf: .inf is not a finite number'],
  ['training..steps=1', '"training..steps" is not a dotted path of keys'],
  [
    'name.x=1',
    '--set name.x=1: name is the text "example", not a map; write the whole map: --set \'name={x: ...}\'',
  ],
  ['__proto__.x=1', '--set __proto__.x=1: unknown key "__proto__"'],
  ['constructor=1', '--set constructor=1: unknown key "constructor"'],
  ['model.constructor.prototype.x=1', 'unknown key "constructor" in model'],
])('%s', (set, message) => {
  const error = errorOf(EXAMPLE, { set: [set] });
  expect(error.exitCode).toBe(78);
  expect(error.message).toContain(message);
  expect(Object.prototype).not.toHaveProperty('x');
});

test('errors in the shorthands name the flag', () => {
  const error = errorOf(EXAMPLE, { seed: '-1', engine: 'cuda' });
  expect(error.message).toContain('--seed -1: seed: expected a whole number from 0 to 4294967295, found -1');
  expect(error.message).toContain(
    '--engine cuda: engine.name: expected "auto", "native", "wasm", "tensorflow" or "reference"',
  );
});

test('a text without a key is a usage error', () => {
  for (const text of ['training.steps', '=3', '']) {
    expect(() => load([text])).toThrow(expect.objectContaining({ exitCode: 64 }) as UserError);
  }
});
