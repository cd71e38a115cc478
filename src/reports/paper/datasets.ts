import { basename } from 'node:path';
import { type RunConfig, setting } from '../run-record.ts';

/** The data a run was made with. A stand-in takes the place of the paper's own data, and is called that wherever it is shown. */
export interface Dataset {
  readonly name: string;
  readonly standIn: boolean;
}

const ONE_BILLION_WORDS = '1 Billion Word';
const TIMIT = 'TIMIT';

/** Names by which configs call data that is known; a folder counts by its own name. */
const known: readonly { readonly pattern: RegExp; readonly dataset: Dataset }[] = [
  { pattern: /lm1b|billion/i, dataset: { name: ONE_BILLION_WORDS, standIn: false } },
  { pattern: /brown/i, dataset: { name: 'Brown corpus', standIn: true } },
  { pattern: /timit/i, dataset: { name: TIMIT, standIn: false } },
  { pattern: /speechocean/i, dataset: { name: 'speechocean762', standIn: true } },
  { pattern: /synth/i, dataset: { name: 'synthetic speech', standIn: true } },
];

/** What the paper used, by task. */
export const paperData: Readonly<Record<string, string>> = {
  language_model: ONE_BILLION_WORDS,
  phone_frames: TIMIT,
};

export function datasetOf(config: RunConfig): Dataset {
  const data = setting<string>(config, 'task.data', setting<string>(config, 'task.corpus', 'unnamed data'));
  return (
    known.find(({ pattern }) => pattern.test(basename(data)))?.dataset ?? {
      name: basename(data),
      standIn: true,
    }
  );
}

/** `Brown corpus, stand-in for 1 Billion Word`. */
export function describeDataset({ name, standIn }: Dataset, task: string): string {
  return standIn ? `${name} (stand-in for ${paperData[task]})` : name;
}
