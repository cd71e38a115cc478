import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ConfigError } from '../../src/config/config-error.ts';
import { canonicalJson, configHash, runName } from '../../src/config/hash.ts';
import { parseConfig } from '../../src/config/load.ts';
import { toYaml } from '../../src/config/resolve.ts';
import { distance } from '../../src/config/suggest.ts';
import { arbitraryConfig } from './arbitrary.ts';
import { EXAMPLE, edited } from './example.ts';
import { schemaKeys } from './schema-keys.ts';

test('the resolved config reads back as itself, and has the same hash', () => {
  fc.assert(
    fc.property(arbitraryConfig, (config) => {
      const again = parseConfig(toYaml(config), 'resolved.yaml');
      expect(again).toEqual(config);
      expect(configHash(again)).toBe(configHash(config));
    }),
    { numRuns: 500 },
  );
});

test('a config set key by key from the shell is the config', () => {
  fc.assert(
    fc.property(arbitraryConfig, (config) => {
      // Without the keys that mean nothing in it.
      const set = Object.entries(parse(toYaml(config))).map(
        ([key, value]) => `${key}=${JSON.stringify(value)}`,
      );
      expect(parseConfig(EXAMPLE, 'x.yaml', { set })).toEqual(config);
    }),
  );
});

test('any text is a config or a ConfigError', () => {
  const fragments = fc.constantFrom(
    ...EXAMPLE.split(/\b/),
    '\n',
    '\t',
    '&a',
    '*a',
    '!',
    '{',
    '}',
    '[',
    ': ',
    '- ',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(fragments, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, fc.array(fc.string(), { maxLength: 2 }), (text, values) => {
      try {
        parseConfig(text, 'x.yaml', { set: values.map((value) => `a.b=${value}`) });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        for (const { line, column } of (error as ConfigError).issues)
          expect(Math.min(line, column)).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
});

test('small and large numbers survive', () => {
  for (const rate of ['1e-6', '1e-9', '1e-30', '0.1', '1e22']) {
    const config = parseConfig(edited('0.01', rate), 'x.yaml');
    expect(parseConfig(toYaml(config), 'y.yaml').training.learning_rate).toBe(Number(rate));
  }
});

test('the hash covers what determines the result, and nothing else', () => {
  const hash = (...set: string[]) => configHash(parseConfig(EXAMPLE, 'x.yaml', { set }));
  expect(hash()).toMatch(/^[0-9a-f]{8}$/);
  expect(hash('name=other', 'seed=7', 'checkpoint.every=3')).toBe(hash());
  expect(hash('training.steps=9', 'stop={metric: valid_mse, below: 0.1}')).toBe(hash());
  expect(hash('model.hidden=100', 'training.optimizer={name: sgd}')).toBe(hash());
  const others = [
    'task.T=51',
    'model.hidden=99',
    'seeds.weights=2',
    'evaluate.every=9',
    'engine.name=reference',
  ];
  const stop = 'stop={metric: valid_mse, below: 0.1, patience: 3}';
  expect(new Set([hash(), ...[...others, stop].map((set) => hash(set))]).size).toBe(7);
  // The rates of a cosine depend on where it ends.
  const cosine = 'training.schedule={type: cosine}';
  expect(hash(cosine, 'training.steps=9')).not.toBe(hash(cosine));
});

test('the hash of a config never changes, lest finished runs be run again', () => {
  expect(runName(parseConfig(EXAMPLE, 'x.yaml'))).toBe('example-53db3a31-s1');
});

test('canonical JSON does not depend on the order of keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 2 }], a: 'x' })).toBe('{"a":"x","b":[1,{"c":2,"d":null}]}');
});

test('edit distance', () => {
  expect([
    distance('hiden', 'hidden'),
    distance('sdg', 'sgd'),
    distance('abc', 'xyz'),
    distance('', 'abcd'),
  ]).toEqual([1, 2, 3, 3]);
});

test('the schema walker finds the keys of every variant', () => {
  const keys = schemaKeys();
  const find = (path: string) => keys.filter((key) => key.path === path).map((key) => key.when);
  expect(find('model.forget_bias')).toEqual([{ 'model.type': 'lstm' }]);
  expect(find('model.hidden')).toHaveLength(4);
  expect(find('training.optimizer.decay')).toEqual([{ 'training.optimizer.name': 'rmsprop' }]);
  expect(find('training.clip.threshold')).toEqual([{}]);
  expect(find('seed')).toEqual([{}]);
});
