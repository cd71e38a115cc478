import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomText } from '../data/text/text-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

/** A folder of a little text beside the folder of a config that names it by a relative path. */
function experiment(): { readonly config: string; readonly text: string; readonly root: string } {
  const root = temporaryFolder();
  const text = join(root, 'text');
  mkdirSync(text);
  for (const [name, lines] of Object.entries({ train: 20, valid: 4, test: 4 })) {
    writeFileSync(join(text, name), randomText(1, lines, 12));
  }
  mkdirSync(join(root, 'configs'));
  const config = join(root, 'configs/lm.yaml');
  writeFileSync(
    config,
    `name: lm
task: { name: language_model, data: ../text, unroll: 4 }
model: { type: irnn, hidden: 4, embedding: 3 }
training: { steps: 4, batch: 2, learning_rate: 0.1 }
evaluate: { every: 2 }
`,
  );
  return { config, text, root };
}

test("task.data starts from the config's folder, and eval finds it again from anywhere", async () => {
  const { config, root } = experiment();
  const ran = await irnnRun(config, '--out', root, '--json');
  expect(ran.exitCode).toBe(0);
  const { directory } = JSON.parse(ran.stdout);
  expect(readFileSync(join(directory, 'config.yaml'), 'utf8')).toContain(
    `data_base: ${join(root, 'configs')}`,
  );
  const scored = await irnnRun('eval', directory, '--split', 'valid');
  expect(scored.stdout).toMatch(/^step 4: valid_perplexity /);
  // Where the data lies is not part of the run's name.
  const moved = await irnnRun(config, '--out', root, '--json', '--set', `task.data_base=${root}/text`);
  expect(JSON.parse(moved.stdout).directory).toBe(directory);
});

test('check --data opens the data', async () => {
  const { config, text } = experiment();
  const good = await irnnRun('check', config, '--data');
  expect(good.stdout).toMatch(/^ok .*\n {4}vocabulary \d+; train \/ valid \/ test: /);
  expect((await irnnRun('check', config)).stdout).not.toContain('vocabulary');
  rmSync(join(text, 'valid'));
  const bad = await irnnRun('check', config, '--data');
  expect(bad.exitCode).toBe(66);
  expect(bad.stderr).toContain(`irnn-run: ${config}: ${text}`);
  rmSync(text, { recursive: true });
  expect((await irnnRun('check', config)).exitCode).toBe(0);
});

test('more sequences of the adding problem than are numbered in a moment are refused at once', async () => {
  const { config } = experiment();
  const set = (key: string) => [
    '--set',
    `task={ name: adding, T: 5, ${key}: 2147483647 }`,
    '--set',
    'model={ type: irnn }',
  ];
  for (const key of ['train_size', 'valid_size', 'test_size']) {
    const { exitCode, stderr } = await irnnRun('check', config, ...set(key));
    expect(exitCode).toBe(78);
    expect(stderr).toContain('10000000');
  }
});
