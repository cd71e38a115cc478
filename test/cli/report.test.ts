import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { toYaml } from '../../src/config/resolve.ts';
import { drawPng } from '../../src/reports/figures/draw.ts';
import { writeRun } from '../reports/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

/** The rows of a Markdown table as records by column name. */
function tableRows(markdown: string): Record<string, string>[] {
  const [header, , ...rows] = markdown.split('\n').filter((line) => line.startsWith('|'));
  const cells = (line: string) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim());
  const names = cells(header!);
  return rows.map((row) => Object.fromEntries(cells(row).map((cell, index) => [names[index]!, cell])));
}

/** The rows of a CSV file as records. */
function csvRows(text: string): Record<string, string>[] {
  const [names, ...rows] = text
    .trim()
    .split('\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [names![index]!, cell])));
}

function digest(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

async function report(root: string, ...items: string[]) {
  const out = join(root, 'report');
  const result = await irnnRun('report', ...items, '--runs', join(root, 'runs'), '--out', out);
  return {
    ...result,
    out,
    read: (name: string) => readFileSync(join(out, name), 'utf8'),
    csv: (name: string) => csvRows(readFileSync(join(out, `${name}.csv`), 'utf8')),
    row: (table: string, ...labels: string[]) =>
      tableRows(readFileSync(join(out, `${table}.md`), 'utf8')).find((row) =>
        labels.every((label, index) => Object.values(row)[index] === label),
      )!,
  };
}

function folderWith(...runs: Parameters<typeof writeRun>[1][]): string {
  const root = temporaryFolder();
  mkdirSync(join(root, 'runs'));
  for (const run of runs) writeRun(join(root, 'runs'), run);
  return root;
}

const perplexity = (test: number) =>
  [
    [0, 500, 500],
    [1000, test, test],
  ] as const;
const brown = { name: 'language_model', data: 'brown' };

describe('a report', () => {
  it('without a run has every row of the paper, with the command that would fill it', async () => {
    const root = folderWith();
    const { exitCode, stdout, read, row, out } = await report(root);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(
      readdirSync(out)
        .map((name) => join(out, name))
        .sort(),
    );
    expect(tableRows(read('table-1.md'))).toHaveLength(16);
    expect(tableRows(read('table-2.md'))).toHaveLength(8);
    expect(tableRows(read('table-3.md'))).toHaveLength(5);
    expect(tableRows(read('table-4.md'))).toHaveLength(12);
    const { 'MSE, paper': paper, 'MSE, here': here, command } = row('table-1', '300', 'IRNN');
    expect([paper, here]).toEqual(['0.026', '']);
    expect(command).toBe('`for seed in 1 2 3; do irnn-run configs/adding-t300.yaml --seed $seed; done`');
  });

  it('gives means over seeds, differences, counts and the command behind them', async () => {
    const late = [
      [0, 0.17, 0.17],
      [5000, 0.17, 0.17],
      [15_000, 0.007, 0.012],
    ] as const;
    const root = folderWith(
      { seed: 1 },
      { seed: 2, scores: late },
      { seed: 3, status: 'diverged', scores: late.slice(0, 2) },
    );
    const { row, read } = await report(root, 'table-1');
    const cells = row('table-1', '150', 'IRNN');
    expect(cells).toMatchObject({
      // Test scores 0.01, 0.012, 0.17: at the best validation score.
      'MSE, here': '0.0640 ± 0.092 (n = 3)',
      'settings of the paper': 'rate 0.01‡, clip 100†',
      'at the end': '+0.058 (0.0640, paper 0.006)',
      'first < 0.05, paper': '570 k',
      'first < 0.05, here': '15 k (5–15 k, 2 of 3, else not by 5 k)',
      learned: '2 of 3 (21–94 %)',
      diverged: '1 of 3',
      steps: '5–15 k',
      minutes: '2.1',
      parameters: '10,401',
      'settings here': 'rate 0.01, clip 1',
      command: '`for seed in 1 2 3; do irnn-run configs/adding-t150.yaml --seed $seed; done`',
    });
    expect(read('table-1.md')).toContain('† unverified');
    const [header, ...lines] = read('table-1.csv').trim().split('\n');
    const columns = header!.split(',');
    const values = lines.find((line) => line.startsWith('150,irnn'))!.split(',');
    expect(Number(values[columns.indexOf('test_mse_mean')])).toBeCloseTo(0.064, 12);
    expect(values[columns.indexOf('paper_unverified')]).toBe('yes');
  });

  it('names the shipped config for runs that a sweep made', async () => {
    const argv = ['sweep', 'run', 'x.sweep/manifest.jsonl', '0'];
    const root = temporaryFolder();
    const config = loadConfig('configs/adding-t150.yaml', { set: ['training.steps=77'] });
    const runs = join(root, 'runs');
    const { task, model, training } = config;
    for (const seed of [1, 2]) writeRun(runs, { seed, task, model, training, argv });
    const { row } = await report(root, 'table-1');
    expect(row('table-1', '150', 'IRNN').command).toBe(
      '`for seed in 1 2; do irnn-run configs/adding-t150.yaml --set training.steps=77 --seed $seed; done`',
    );
    // Also where a run's config leaves out what its data has no use for.
    const speech = 'configs/table-4/speechocean762-2l-bi-irnn.yaml';
    const whole = parse(toYaml(loadConfig(speech)));
    const { task: frames, model: deep, training: adam } = whole;
    writeRun(runs, { metric: 'frame_error', task: frames, model: deep, training: adam, argv });
    const again = await report(root, 'table-4');
    expect(again.read('table-4.md')).toContain(`\`irnn-run ${speech} --seed 1\``);
    expect(again.read('table-4.md')).toContain('recurrent weights from 0.01 I');
  });

  it('takes the test score where validation is best, never the best test score', async () => {
    const scores = [
      [0, 0.2, 0.2],
      [1000, 0.04, 0.001],
      [2000, 0.03, 0.02],
      [3000, 0.05, 0.002],
    ] as const;
    const { row } = await report(folderWith({ scores, status: 'finished' }), 'table-1');
    expect(row('table-1', '150', 'IRNN')['MSE, here']).toBe('0.0200 (n = 1)');
  });

  it('chooses among settings by validation, among those with the most seeds', async () => {
    const good = [
      [0, 0.2, 0.2],
      [1000, 0.02, 0.03],
    ] as const;
    const better = [
      [0, 0.2, 0.2],
      [1000, 0.01, 0.04],
    ] as const;
    const lucky = [
      [0, 0.2, 0.2],
      [1000, 0.001, 0.001],
    ] as const;
    const clip = (threshold: number) => ({ clip: { threshold } });
    const root = folderWith(
      ...[1, 2].map((seed) => ({ name: 'a', seed, scores: good, training: clip(1) })),
      ...[1, 2].map((seed) => ({ name: 'b', seed, scores: better, training: clip(10) })),
      { name: 'c', seed: 1, scores: lucky, training: clip(100) },
    );
    const { row } = await report(root, 'table-1');
    expect(row('table-1', '150', 'IRNN')).toMatchObject({
      'MSE, here': '0.0400 ± 0 (n = 2)',
      'settings here': 'rate 0.01, clip 10; best of 3 settings',
    });
  });

  it('shows what grid searches chose for a row, beside what the paper chose', async () => {
    const root = folderWith();
    const task = { name: 'adding', T: 150 };
    const chosen = (type: string, rate: number) => ({
      task,
      model: { type, hidden: 100 },
      training: { learning_rate: rate, clip: { threshold: 10 } },
    });
    const groups = [
      { final: true, combinations: 12, config: chosen('irnn', 0.02) },
      { final: false, combinations: 48, config: chosen('lstm', 0.1) },
      { final: true, combinations: 12, config: null },
    ];
    const folder = join(root, 'runs', 'mine.sweep');
    mkdirSync(folder);
    writeFileSync(join(folder, 'selection.json'), JSON.stringify({ groups }));
    const { row, csv } = await report(root, 'table-1');
    const ours = (...labels: string[]) => row('table-1', ...labels)['our grid search'];
    expect(ours('150', 'IRNN')).toBe('rate 0.02, clip 10 (of 12)');
    expect(ours('150', 'LSTM')).toBe('rate 0.1, clip 10, forget bias 1 (of 48, so far)');
    expect(ours('200', 'IRNN')).toBe('');
    const tried = (cell: string) =>
      csv('table-1').find((each) => each.T === '150' && each.cell === cell)!.settings_tried;
    expect([tried('irnn'), tried('lstm'), tried('rnn_relu')]).toEqual(['12', '48', '0']);
  });

  it('treats runs of other lengths, names and later keys as the same curve, and keeps the longest of a seed', async () => {
    const root = folderWith(
      { name: 'short', seed: 1, training: { steps: 10 }, scores: [[0, 0.2, 0.2]], status: 'finished' },
      { name: 'long', seed: 1 },
      { name: 'third', seed: 2, training: { steps: 77 } },
    );
    const { row } = await report(root, 'table-1');
    expect(row('table-1', '150', 'IRNN')).toMatchObject({ 'MSE, here': '0.0100 ± 0 (n = 2)' });
  });

  it('leaves runs that are not over out of means beside finished ones, and says so', async () => {
    const root = folderWith({ seed: 1 }, { seed: 2, status: null, scores: [[0, 0.9, 0.9]] });
    const { row, read } = await report(root, 'table-1');
    expect(row('table-1', '150', 'IRNN')['MSE, here']).toBe('0.0100 (n = 1)');
    expect(read('index.html')).toContain('Not over yet: adding-t150-0123abcd-s2');
    const alone = await report(folderWith({ seed: 2, status: null }), 'table-1');
    expect(alone.row('table-1', '150', 'IRNN')['MSE, here']).toBe('0.0100 (n = 1), unfinished');
  });

  it('finds the rows of Tables 3 and 4 from configs, and labels stand-in data', async () => {
    const lstm = { type: 'lstm', hidden: 512 };
    const stacked = { type: 'irnn', hidden: 512, layers: 4 };
    const phones = { name: 'phone_frames', data: '/data/speechocean762' };
    const bidirectional = { type: 'lstm', hidden: 250, layers: 2, bidirectional: true };
    const frames = {
      metric: 'frame_error',
      scores: [
        [0, 0.9, 0.95],
        [500, 0.31, 0.325],
      ] as const,
    };
    const root = folderWith(
      {
        name: 'x',
        task: brown,
        model: lstm,
        metric: 'perplexity',
        scores: perplexity(151.2),
        baseline: { unigram: 812 },
        data: { vocabulary_sha256: 'abc', vocabulary_size: 10_000 },
      },
      {
        name: 'y',
        task: brown,
        baseline: { unigram: 812 },
        data: { vocabulary_sha256: 'abc', vocabulary_size: 10_000 },
        model: stacked,
        metric: 'perplexity',
        scores: perplexity(160.9),
      },
      { name: 'z', task: phones, model: bidirectional, ...frames },
    );
    const baselines = [{ predictor: 'Kneser-Ney 3-gram', scores: { test_perplexity: 243.21 } }];
    const data = { vocabulary_sha256: 'abc' };
    writeFileSync(join(root, 'runs', 'baselines.json'), JSON.stringify({ baselines, data }));
    const { row, read, csv } = await report(root, 'table-3', 'table-4');
    const standIn = 'Brown corpus (stand-in for 1 Billion Word)';
    expect(row('table-3', 'LSTM (512 units)', standIn)).toMatchObject({
      'perplexity, paper': '68.8',
      'perplexity, here': '151.2 (n = 1)',
      difference: '–',
    });
    expect(row('table-3', 'LSTM (512 units)', '1 Billion Word')['perplexity, here']).toBe('');
    expect(row('table-3', 'IRNN (4 layers, 512 units)', standIn)['perplexity, here']).toBe('160.9 (n = 1)');
    expect(read('table-3.md')).toContain('vocabulary size 10,000, baseline unigram 812');
    const trigram = row('table-3', 'Kneser-Ney 3-gram (no network)', standIn);
    expect(trigram['perplexity, here']).toBe('243.2');
    // Beside a stand-in's score a difference would mean nothing, to a machine too.
    expect(
      csv('table-3').find(({ cell, stand_in }) => cell === 'lstm' && stand_in === 'yes')!
        .test_perplexity_difference,
    ).toBe('');
    expect(read('index.html')).toContain('5 rows on 1 Billion Word: its data is not freely available');
    expect(trigram.command).toContain('--order 3 --json');
    expect(
      row('table-4', '2, bidirectional', 'LSTM (250)', 'speechocean762 (stand-in for TIMIT)'),
    ).toMatchObject({
      'dev, paper': '29.6 %',
      'dev, here': '31.0 % (n = 1)',
      'test, here': '32.5 % (n = 1)',
    });
    expect(read('index.html')).toContain('speechocean762 (stand-in for TIMIT)');
  });

  it('flags mixed hardware, uncommitted code and damaged runs', async () => {
    const root = folderWith({ seed: 1 }, { seed: 2, cpu: 'Slow CPU', dirty: true }, { seed: 3 });
    writeFileSync(join(root, 'runs', 'adding-t150-0123abcd-s3', 'config.yaml'), 'name: [');
    const { read, stderr, exitCode } = await report(root, 'table-1');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/s3\/config\.yaml.*left out of the report/);
    const page = read('index.html');
    expect(page).toContain('Mixed hardware: these runs were made on 2 kinds');
    expect(page).toContain('Uncommitted changes: the code of adding-t150-0123abcd-s2');
  });

  it('names a precision other than float32 beside the kernels', async () => {
    const { read } = await report(folderWith({ seed: 1, training: { precision: 'bf16x3' } }), 'table-1');
    expect(read('index.html')).toMatch(/native \w+ bf16x3/);
  });

  it('is the same to the byte when made again, by whatever path the runs are reached', async () => {
    const root = folderWith({ seed: 1 }, { seed: 2 });
    const { out } = await report(root);
    const contents = () => readdirSync(out).map((name) => [name, digest(readFileSync(join(out, name)))]);
    const before = contents();
    rmSync(out, { recursive: true });
    const runs = ['s1', 's2'].map((seed) => join(root, 'runs', `adding-t150-0123abcd-${seed}`));
    expect((await irnnRun('report', '--runs', ...runs, '--out', out)).exitCode).toBe(0);
    expect(contents()).toEqual(before);
  });

  it('is one page that loads nothing', async () => {
    const { read } = await report(folderWith({}), 'table-1');
    const html = read('index.html');
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]*(src|href)="(?!data:)/);
    expect(html).not.toMatch(/@import|url\(\s*["']?http/);
  });

  it('compares with the paper like for like: at the end of the curves, and at one step', async () => {
    const spiked = [
      [0, 0.17, 0.17],
      [100_000, 0.03, 0.04],
      [200_000, 0.04, 0.09],
      [300_000, 0.05, 0.055],
    ] as const;
    const task = { name: 'adding', T: 300, marks: 'any' };
    const root = folderWith({ task, scores: spiked, status: 'finished' });
    const { row, csv } = await report(root, 'table-1');
    // The best score by validation is chosen, 0.04, and the last one, 0.055, is what compares with the end of a curve.
    expect(row('table-1', '300', 'IRNN')).toMatchObject({
      'MSE, here': '0.0400 (n = 1)',
      'at the end': '+0.029 (0.0550, paper 0.026)',
      'at the same step': '−0.12 (0.0550, paper 0.175 at 300 k)',
      stayed: '33 %',
    });
    const record = csv('table-1').find(({ T, cell }) => T === '300' && cell === 'irnn')!;
    expect(Number(record.end_difference)).toBeCloseTo(0.029, 3);
    expect(Number(record.same_step_step)).toBe(300_000);
    expect(Number(record.stayed_learned)).toBeCloseTo(2 / 3 / 2, 3);
  });

  it('leaves seeds that choose settings out beside seeds that report them', async () => {
    const poor = [[0, 0.17, 0.17]] as const;
    const { row } = await report(folderWith({ seed: 1 }, { seed: 101, scores: poor }), 'table-1');
    expect(row('table-1', '150', 'IRNN')['MSE, here']).toBe('0.0100 (n = 1)');
    const alone = await report(folderWith({ seed: 101 }), 'table-1');
    expect(alone.row('table-1', '150', 'IRNN')['MSE, here']).toBe('0.0100 (n = 1)');
  });

  it('says which runs this program’s numerics do not repeat', async () => {
    const { read, csv } = await report(
      folderWith({ seed: 1 }, { seed: 2, numerics: null }, { seed: 3, numerics: 99 }),
      'table-1',
    );
    const page = read('index.html');
    expect(page).toContain('so that they do not verify: adding-t150-0123abcd-s2.');
    expect(page).toContain('Of another numerics version than this program’s: adding-t150-0123abcd-s3.');
    expect(csv('runs').map(({ verifies }) => verifies)).toEqual([
      'yes',
      'no, published before numerics versions',
      'no, numerics version 99',
    ]);
  });

  it('says on top what became of each claim, and how much was run', async () => {
    const { csv, read } = await report(folderWith({ seed: 1 }, { seed: 2 }));
    const claims = csv('verdicts');
    expect(claims).toHaveLength(9);
    expect(claims[0]).toMatchObject({ claim: 'trains', verdict: 'partly', runs: '2' });
    expect(csv('coverage').at(-1)).toMatchObject({
      item: 'all',
      total: '65',
      run: '1',
      comparable: '1',
      verified: '1',
      no_data: '17',
    });
    const page = read('index.html');
    expect(page.indexOf('id="verdicts"')).toBeLessThan(page.indexOf('id="figure-2"'));
    expect(read('README.md')).toContain(
      'An IRNN trains: identity, zero biases, clipped gradients | ◐ partly | T = 150: 2 of 2 at 5 k',
    );
    expect(read('overview.svg')).toContain('Adding problem');
  });

  it('has a page under 2 MB for a campaign of many long runs', async () => {
    const long = Array.from({ length: 1800 }, (_, k) => {
      const value = 0.17 + 0.01 * Math.sin(k * 1.7);
      return [k * 5000, value, value] as const;
    });
    const inside = { gradient_norm_median: 1.2345678, clipped_fraction: 0.4321, live_units: 77 };
    const cells = ['lstm', 'rnn_tanh', 'rnn_relu', 'irnn'];
    const runs = [150, 200, 300, 400].flatMap((T) =>
      cells.flatMap((type) =>
        [1, 2, 3].map((seed) => ({
          name: `${type}-${T}`,
          seed,
          task: { name: 'adding', T },
          model: { type, hidden: 100 },
          scores: long,
          status: 'finished' as const,
          inside,
        })),
      ),
    );
    const { read } = await report(folderWith(...runs), 'table-1');
    expect(read('index.html').length).toBeLessThan(2e6 * (2 / 3)); // MNIST has half as many panels again
  });

  it('makes only what is asked for', async () => {
    const { out, read } = await report(folderWith(), 'table-2');
    expect(readdirSync(out).sort()).toEqual(['index.html', 'runs.csv', 'table-2.csv', 'table-2.md']);
    expect(read('index.html')).not.toContain('docs/playground');
  });

  it('leads to the playground from within the checkout', async () => {
    const out = 'node_modules/.cache/irnn-run-test/report';
    await irnnRun('report', 'table-2', '--runs', folderWith(), '--out', out);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain(
      '<a href="../../../../docs/playground/index.html">',
    );
  });

  it('refuses what does not exist', async () => {
    const root = folderWith();
    expect(await report(root, 'figure-9')).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('figure-9'),
    });
    const missing = await irnnRun('report', '--runs', join(root, 'nowhere'), '--out', join(root, 'report'));
    expect(missing).toMatchObject({ exitCode: 66, stderr: expect.stringContaining('no such folder') });
  });
});

it('draws the paper’s axes, all lengths, a line for each cell, and text that needs no installed fonts', async () => {
  const { out, read } = await report(folderWith({ seed: 1 }, { seed: 2 }), 'figure-2');
  expect(read('figure-2.csv')).toContain('t150,IRNN,median,,5000,0.045');
  expect(read('figure-2.csv')).toContain('t150,IRNN,seed,2,5000,0.045');
  const svg = read('figure-2.svg');
  for (const text of [
    'T = 150',
    'T = 200 (no runs yet)',
    'T = 400 (no runs yet)',
    '0.25',
    '5M',
    'test MSE',
    'IRNN',
  ]) {
    expect(svg).toContain(`>${text}<`);
  }
  for (const colour of ['#d55e00', '#009e73', '#b8558d', '#0072b2']) expect(svg).toContain(colour);

  const withText = readFileSync(join(out, 'figure-2.png'));
  const without = await drawPng(svg.replaceAll(/<text[^>]*>[^<]*<\/text>/g, ''));
  // Text is a good part of a line drawing: the picture without it is much smaller.
  expect(without.length).toBeLessThan(withText.length * 0.9);
  const otherFamily = svg.replaceAll(/font-family="[^"]*"/g, 'font-family="Nonesuch"');
  expect((await drawPng(otherFamily)).length).toBeGreaterThan(without.length * 1.05);
});
