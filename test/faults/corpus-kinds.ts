import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { goodFiles } from '../data/mnist-files.ts';
import { smallCorpus, writeTree } from '../data/speech/corpus-files.ts';
import { folderWith, lm1b, randomText } from '../data/text/text-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const training = {
  training: '{ steps: 4, batch: 2, learning_rate: 0.1 }',
  evaluate: '{ every: 2 }',
  checkpoint: '{ every: 2 }',
};
const language = { ...training, model: '{ type: irnn, hidden: 4, embedding: 3 }' };
const speech = {
  ...training,
  model: '{ type: irnn, hidden: 4, scale: 0.01, layers: 2, bidirectional: true }',
};

/** Each kind: the folder of data, and a config that trains on it. */
export const corpusKinds: Readonly<Record<string, () => Promise<{ data: string; config: string }>>> = {
  'a prepared corpus': async () => {
    const { archive } = await lm1b(2, 30);
    const data = join(temporaryFolder(), 'lm1b');
    const prepared = await irnnRun('data', 'prepare', 'lm1b', '--from', archive, '--to', data, '--quiet');
    if (prepared.exitCode !== 0) throw new Error(prepared.stderr);
    const task = `{ name: language_model, data: ${data}, unroll: 5, lower_case: false, markers: both, vocabulary: { min_count: 3 } }`;
    return { data, config: writeConfig(temporaryFolder(), { ...language, task }) };
  },
  text: async () => {
    const data = folderWith({
      'train.txt': randomText(1, 20, 12),
      'valid.txt': randomText(2, 4, 12),
      'test.txt': randomText(3, 4, 12),
    });
    const task = `{ name: language_model, data: ${data}, unroll: 4 }`;
    return { data, config: writeConfig(temporaryFolder(), { ...language, task }) };
  },
  'files of MNIST': async () => {
    const data = folderWith(goodFiles());
    const task = `{ name: pixel_mnist, data: ${data}, valid_size: 4 }`;
    return { data, config: writeConfig(temporaryFolder(), { ...training, task }) };
  },
  speech: async () => {
    const data = temporaryFolder();
    writeTree(data, smallCorpus());
    const task = `{ name: phone_frames, data: ${data}, targets: folded }`;
    return { data, config: writeConfig(temporaryFolder(), { ...speech, task }) };
  },
};

/** Every file under a folder. */
export function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { encoding: 'utf8', recursive: true });
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}
