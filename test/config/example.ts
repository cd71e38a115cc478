import { ConfigError } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Overrides } from '../../src/config/overrides.ts';

/** A small valid config; tests replace parts of it. */
export const EXAMPLE = `name: example
task: { name: adding, T: 50 }
model: { type: irnn }
training: { steps: 100, learning_rate: 0.01 }
evaluate: { every: 10 }
`;

/** The example with one part replaced; throws if the part is not there. */
export function edited(from: string, to: string): string {
  if (!EXAMPLE.includes(from)) throw new Error(`the example has no ${from}`);
  return EXAMPLE.replace(from, () => to);
}

/** The ConfigError that a text causes. */
export function errorOf(text: string, overrides: Overrides = {}): ConfigError {
  try {
    parseConfig(text, 'x.yaml', overrides);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the config is valid');
}
