import type { Config } from './schema.ts';

/** The seed of each thing that is random in a run. */
export interface Seeds {
  /** Sequences that the program draws. */
  readonly data: number;
  /** Initial weights. */
  readonly weights: number;
  /** What is random while training: the order of the data, dropout masks, sampled classes. */
  readonly order: number;
}

/** The seeds of a config: those of their own, and its one seed for the rest. */
export function seedsOf({ seed, seeds }: Pick<Config, 'seed' | 'seeds'>): Seeds {
  return { data: seeds.data ?? seed, weights: seeds.weights ?? seed, order: seeds.order ?? seed };
}
