import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { goodFiles } from '../data/mnist-files.ts';
import { smallCorpus, writeTree } from '../data/speech/corpus-files.ts';
import { folderWith, lm1b, randomText } from '../data/text/text-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { withEachDamage } from './damage.ts';
import { onlyRun } from './program.ts';

/**
 * Every file of every kind of corpus is damaged in turn. FAULTS=all damages it in more places and prints counts
 * (scripts/test-faults.sh).
 */
const all = process.env.FAULTS === 'all';
const places = all ? 20 : 3;

beforeEach(() => {
  vi.stubEnv('IRNN_RUN_CACHE', join(temporaryFolder(), 'cache'));
});

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
const kinds: Readonly<Record<string, () => Promise<{ data: string; config: string }>>> = {
  'a prepared corpus': async () => {
    const { archive } = await lm1b(2, 30);
    const data = join(temporaryFolder(), 'lm1b');
    expect(
      (await irnnRun('data', 'prepare', 'lm1b', '--from', archive, '--to', data, '--quiet')).exitCode,
    ).toBe(0);
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

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { encoding: 'utf8', recursive: true });
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

describe.each(Object.entries(kinds))('%s', (kind, make) => {
  it('that is damaged is refused by a run that began with it whole', {
    timeout: all ? 3_600_000 : 120_000,
  }, async () => {
    const { data, config } = await make();
    const begun = join(temporaryFolder(), 'runs');
    const start = (out: string, ...more: string[]) => irnnRun(config, '--out', out, '--quiet', ...more);
    const first = await start(begun, '--until-step', '2');
    expect(first.exitCode, first.stderr).toBe(0);
    const counts = { damages: 0, refused: 0, 'without a difference': 0 };
    const files = filesIn(data);
    for (const path of files.filter((_, index) => all || index % Math.ceil(files.length / 6) === 0)) {
      await withEachDamage(path, places, async (what) => {
        const out = join(temporaryFolder(), 'runs');
        cpSync(begun, out, { recursive: true });
        const { exitCode, stderr } = await start(out);
        counts.damages += 1;
        counts.refused += Number(exitCode === 65 || exitCode === 66);
        // The line break at the end of a file of JSON may be missing.
        counts['without a difference'] += Number(exitCode === 0 && isWhole(path));
        expect(isWhole(path) ? [0, 65] : [65, 66], `${what}: ${stderr}`).toContain(exitCode);
        rmSync(out, { recursive: true });
      });
    }
    if (all) process.stdout.write(`${kind}: ${JSON.stringify(counts)}\n`);
    expect((await start(begun)).exitCode).toBe(0);
  });
});

/** Whether a damaged file of JSON still says what it said. */
const isWhole = (path: string) => path.endsWith('corpus.json') && readFileSync(path, 'utf8').endsWith('}');

it('a prepared corpus that is damaged is refused from the start', async () => {
  const { data, config } = await kinds['a prepared corpus']!();
  const out = join(temporaryFolder(), 'runs');
  for (const path of filesIn(data)) {
    await withEachDamage(path, 2, async (what) => {
      const { exitCode, stderr } = await irnnRun(config, '--out', out, '--quiet', '--fresh');
      expect(isWhole(path) ? [0, 65] : [65, 66], `${what}: ${stderr}`).toContain(exitCode);
    });
  }
});

it('filter banks that were kept and are damaged are made again', async () => {
  const { config } = await kinds.speech!();
  const result = async () => {
    const out = join(temporaryFolder(), 'runs');
    const { exitCode, stderr } = await irnnRun(config, '--out', out);
    expect(exitCode, stderr).toBe(0);
    return { stderr, metrics: readFileSync(join(onlyRun(out), 'metrics.csv'), 'utf8') };
  };
  const { metrics } = await result();
  const [kept] = filesIn(process.env.IRNN_RUN_CACHE!);
  await withEachDamage(kept!, places, async (what) => {
    const again = await result();
    expect(again.stderr, what).toContain('analysing');
    expect(again.metrics, what).toBe(metrics);
  });
});
