import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, lm1b, randomText } from '../data/text/text-files.ts';
import { onlyRun } from '../faults/program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

const configs = join(import.meta.dirname, '../../configs');
const tiny = [
  ...['training.steps=12', 'training.batch=4', 'evaluate.every=6', 'checkpoint.every=6', 'task.unroll=5'],
].flatMap((setting) => ['--set', setting]);
const NOTE =
  /vocabulary [\d,]+; train \/ valid \/ test: .* tokens with sentence ends, .* % of words out of vocabulary/;

describe('the 1 Billion Word benchmark', () => {
  test.each(['lstm', 'irnn-4x512', 'irnn-1024p512', 'rnn-tanh-4x512', 'rnn-tanh-1024p512'])(
    'in its own layout is prepared and trained on by lm1b-%s',
    async (row) => {
      const { archive } = await lm1b(2, 60);
      const to = join(temporaryFolder(), 'lm1b');
      const prepared = await irnnRun('data', 'prepare', 'lm1b', '--from', archive, '--to', to, '--quiet');
      expect(prepared.exitCode, prepared.stderr).toBe(0);
      expect(prepared.stdout).toMatch(NOTE);
      const out = temporaryFolder();
      const small = ['model.hidden=6', `task.data=${to}`, 'training.softmax_samples=8'];
      if (row.includes('p512')) small.push('model.projection=4', 'model.embedding=5');
      const overrides = [...tiny, ...small.flatMap((setting) => ['--set', setting])];
      const run = await irnnRun(join(configs, `lm1b-${row}.yaml`), '--out', out, ...overrides, '--quiet');
      expect(run.exitCode, run.stderr).toBe(0);
      expect(run.stdout).toMatch(/test_perplexity [\d.]+/);
      expect(run.stdout).toMatch(NOTE);
      const directory = onlyRun(out);
      const meta = JSON.parse(readFileSync(join(directory, 'meta.json'), 'utf8'));
      expect(meta.data).toMatchObject({
        vocabulary_size: expect.any(Number),
        test_out_of_vocabulary: expect.any(Number),
      });
      for (const command of ['show', 'eval']) {
        const { exitCode, stdout, stderr } = await irnnRun(command, directory);
        expect(exitCode, stderr).toBe(0);
        expect(stdout).toMatch(NOTE);
      }
    },
  );

  test('that is prepared otherwise than the config says, or damaged, is refused', async () => {
    const { folder } = await lm1b(2, 60);
    const to = join(temporaryFolder(), 'lm1b');
    expect(
      (await irnnRun('data', 'prepare', 'lm1b', '--from', folder, '--to', to, '--top', '20', '--quiet'))
        .exitCode,
    ).toBe(0);
    const run = () =>
      irnnRun(
        join(configs, 'lm1b-lstm.yaml'),
        '--out',
        temporaryFolder(),
        ...tiny,
        '--set',
        `task.data=${to}`,
      );
    expect(await run()).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining('prepared with vocabulary top 20'),
    });
    expect(await irnnRun('data', 'verify', to)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('vocabulary 20'),
    });
    truncateSync(join(to, 'train-00001.tokens'), 40);
    for (const { exitCode, stderr } of [await irnnRun('data', 'verify', to)]) {
      expect(exitCode).toBe(65);
      expect(stderr).toMatch(/train-00001\.tokens: truncated/);
    }
  });

  test('that is not there, or options that make no sense', async () => {
    expect((await irnnRun('data', 'prepare', 'lm1b', '--from', '/no/such')).exitCode).toBe(66);
    expect(
      (await irnnRun('data', 'prepare', 'text', '--from', folderWith({ 'train.txt': 'a' }))).exitCode,
    ).toBe(66);
    const top = await irnnRun('data', 'prepare', 'text', '--from', folderWith({}), '--top', '2');
    expect(top).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('--top') });
  });
});

describe('baseline', () => {
  test('scores n-grams on the data of a config, with what one has to know of it', async () => {
    const data = folderWith({
      'train.txt': randomText(1, 300),
      'valid.txt': randomText(2, 40),
      'test.txt': randomText(3, 40),
    });
    const config = [join(configs, 'brown-lstm.yaml'), '--set', `task.data=${data}`];
    const table = await irnnRun('baseline', ...config);
    expect(table.exitCode, table.stderr).toBe(0);
    expect(table.stdout).toMatch(
      /^predictor +valid_perplexity +test_perplexity\nunigram .*\nKneser-Ney 2-gram .*\nKneser-Ney 3-gram /,
    );
    expect(table.stdout).toMatch(NOTE);
    const { baselines, data: facts } = JSON.parse(
      (await irnnRun('baseline', ...config, '--json', '--order', '1')).stdout,
    );
    expect(baselines).toEqual([
      {
        predictor: 'unigram',
        scores: { valid_perplexity: expect.any(Number), test_perplexity: expect.any(Number) },
      },
    ]);
    expect(facts.vocabulary_size).toBe(63);
    expect((await irnnRun('baseline', ...config, '--order', '0')).exitCode).toBe(64);
  });

  test('scores the constant predictor of any other task', async () => {
    const { stdout } = await irnnRun('baseline', join(configs, 'smoke.yaml'));
    expect(stdout).toMatch(/^predictor +test_mse\nconstant +0\.1\d+\n$/);
  });
});

describe('configs that contradict themselves', () => {
  const problem = async (...set: string[]) => {
    const { exitCode, stderr } = await irnnRun(
      'check',
      join(configs, 'lm-smoke.yaml'),
      ...set.flatMap((s) => ['--set', s]),
    );
    expect(exitCode).toBe(78);
    return stderr;
  };

  test('are refused, with what to do', async () => {
    expect(await problem('model.bidirectional=true')).toContain(
      'may not read the words that it is to predict',
    );
    expect(await problem('task.context=sentence', 'task.markers=none')).toContain('where a sentence ends');
    expect(await problem('task.unknown=</s>')).toContain('</s> is a sentence marker');
    expect(await problem('task={name: adding, T: 5}', 'model.embedding=4')).toContain(
      'means nothing for adding',
    );
    expect(await problem('stop={metric: valid_perplexity, below: 0.5}')).toContain(
      'no perplexity is ever below',
    );
  });
});
