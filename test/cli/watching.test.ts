import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRun } from '../reports/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

describe('compare', () => {
  it('shows scores, the settings that differ and a chart, and saves it', async () => {
    const root = temporaryFolder();
    const [a, b] = [
      writeRun(root, { name: 'a' }),
      writeRun(root, {
        name: 'b',
        training: { clip: { threshold: 10 } },
        scores: [
          [0, 0.3, 0.3],
          [9000, 0.02, 0.03],
        ],
      }),
    ];
    const svg = join(root, 'chart.svg');
    const { exitCode, stdout } = await irnnRun('compare', a, b, '--save', svg);
    expect(exitCode).toBe(0);
    const [header, first, second] = stdout.split('\n');
    expect(header).toMatch(/run +cell +seed +status +steps +valid_mse +test_mse .*training\.clip\.threshold/);
    expect(header).not.toContain('learning_rate'); // the same in both
    expect(first).toMatch(/^a-0123abcd-s1 +IRNN +1 +solved +10 k +0\.00900 +0\.0100 .* 1$/);
    expect(second).toMatch(/^b-0123abcd-s1 .* 10$/);
    expect(stdout).toMatch(/[\u2801-\u28ff]/);
    expect(readFileSync(svg, 'utf8')).toContain('>b-0123abcd-s1<');
    const json = JSON.parse((await irnnRun('compare', a, b, '--json')).stdout);
    expect(json[1]).toMatchObject({ run: 'b-0123abcd-s1', 'training.clip.threshold': '10' });
  });

  it('tells copies of one run apart', async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()];
    const [a, b] = [writeRun(one), writeRun(other, { scores: [[0, 0.5, 0.5]], status: null })];
    const { stdout } = await irnnRun('compare', one, other);
    expect(stdout).toContain(a);
    expect(stdout).toContain(b);
  });

  it('says what is wrong', async () => {
    const root = temporaryFolder();
    const run = writeRun(root);
    const wrong = await irnnRun('compare', run, '--metric', 'nothing');
    expect(wrong).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('valid_mse, test_mse') });
    expect((await irnnRun('compare', run, '--save', join(root, 'x.gif'))).exitCode).toBe(64);
    expect((await irnnRun('compare', join(root, 'none'))).exitCode).toBe(66);
    expect((await irnnRun('compare', temporaryFolder())).exitCode).toBe(66);
  });
});

describe('plot', () => {
  it('draws the validation and test scores, or any column, also as PNG', async () => {
    const root = temporaryFolder();
    const run = writeRun(root);
    const png = join(root, 'run.png');
    const { exitCode, stdout } = await irnnRun('plot', run, '--save', png);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/valid_mse, test_mse/);
    expect(readFileSync(png).subarray(1, 4).toString()).toBe('PNG');
    const one = await irnnRun('plot', run, '--metric', 'test_mse');
    expect(one.stdout).toContain('0.17 │');
  });

  it('--log makes axes logarithmic, in the picture too; a gradient norm has one by itself', async () => {
    const root = temporaryFolder();
    const scores = [1000, 10_000, 100_000].map((step) => [step, 500 / step, 500 / step] as const);
    const run = writeRun(root, { scores, inside: { gradient_norm_median: 3 } });
    const svg = join(root, 'run.svg');
    const { stdout } = await irnnRun('plot', run, '--log', 'xy', '--save', svg);
    for (const label of ['0.5', '0.1', '0.01', '0.005'])
      expect(stdout).toMatch(new RegExp(`^ *${label} │`, 'm'));
    expect(stdout).toMatch(/^ +1 k +10 k +100 k$/m);
    expect(readFileSync(svg, 'utf8')).toContain('>0.01<');
    await irnnRun('plot', run, '--save', svg);
    expect(readFileSync(svg, 'utf8')).not.toContain('>0.01<');
    const norm = async (...more: string[]) =>
      (await irnnRun('plot', run, '--metric', 'gradient_norm_median', ...more)).stdout;
    expect(await norm()).toMatch(/^ *6 │/m);
    expect(await norm('--log', 'none')).toMatch(/^ *4\.5 │/m);
  });

  it('has something to say about a run without rows', async () => {
    const run = writeRun(temporaryFolder(), { scores: [], status: null });
    expect(await irnnRun('plot', run)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing to draw yet'),
    });
  });
});

/** The folder of a sweep of these runs, each a combination of its own. */
function writeGrid(root: string, names: readonly string[], halving: object | null = null): string {
  const folder = join(root, 'grid-0123abcd.sweep');
  mkdirSync(folder);
  const select = { metric: 'valid_mse', score: 'best', each: [] };
  const lines = [
    { sweep: 'grid', runs: names.length, select, halving },
    ...names.map((run, index) => ({
      index,
      run,
      seed: 1,
      combination: index,
      group: '',
      settings: {},
      workload: 'adding',
      steps: 9_000_000,
      stop: { metric: 'valid_mse', below: 0.05, evaluations: 1, extra_steps: 0, patience: null },
    })),
  ];
  writeFileSync(join(folder, 'manifest.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return folder;
}

describe('watch', () => {
  it('tells each new row of a run once and ends when the run is over', async () => {
    const root = temporaryFolder();
    const run = writeRun(root, { status: null, scores: [[0, 0.2, 0.2]] });
    const watching = irnnRun('watch', run, '--interval', '0.05');
    setTimeout(() => appendFileSync(join(run, 'metrics.csv'), '5000,0.1,0.1\n'), 400);
    setTimeout(
      () =>
        writeFileSync(
          join(run, 'DONE.json'),
          JSON.stringify({ status: 'solved', step: 5000, metrics: {}, baseline: {}, checkpoint: 'none' }),
        ),
      800,
    );
    const { exitCode, stdout } = await watching;
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n')).toEqual([
      'adding-t150-0123abcd-s1: unfinished, step 0/9000000, valid_mse 0.2',
      'adding-t150-0123abcd-s1: unfinished, step 5000/9000000, valid_mse 0.1',
      'adding-t150-0123abcd-s1: solved, step 5000/9000000, valid_mse 0.1',
    ]);
  });

  it('follows all runs of a folder, and ends when asked to', async () => {
    const root = temporaryFolder();
    writeRun(root, { seed: 1 });
    writeRun(root, { seed: 2, status: null });
    const watching = irnnRun('watch', root, '--interval', '30');
    setTimeout(() => process.emit('SIGINT', 'SIGINT'), 300);
    const { stdout } = await watching;
    expect(stdout).toContain('-s1: solved');
    expect(stdout).toContain('-s2: unfinished');
  });

  it('follows the runs of a sweep, also those that have not begun', async () => {
    const root = temporaryFolder();
    const first = writeRun(root, { seed: 1 });
    writeRun(root, { name: 'stranger', seed: 1 });
    const names = [basename(first), basename(first).replace('-s1', '-s2')];
    const sweep = writeGrid(root, names);
    const watching = irnnRun('watch', sweep, '--interval', '0.05');
    setTimeout(() => writeRun(root, { seed: 2 }), 300);
    const { exitCode, stdout } = await watching;
    expect(exitCode).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((row) => row.split(':')[0]),
    ).toEqual(names);
    writeFileSync(join(sweep, 'manifest.jsonl'), 'header\nnonsense\n');
    expect((await irnnRun('watch', sweep)).exitCode).toBe(65);
  });

  it('does not wait for a run that halving has given up', async () => {
    const root = temporaryFolder();
    const names = [
      writeRun(root, { seed: 1 }),
      writeRun(root, { seed: 2, status: null, scores: [[5000, 0.15, 0.15]] }),
    ].map((run) => basename(run));
    const sweep = writeGrid(root, names, { rungs: [5000], eta: 2 });
    const { exitCode, stdout } = await irnnRun('watch', sweep);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/-s1: solved.*\n.*-s2: unfinished/);
  });

  it('draws on a terminal', async () => {
    const root = temporaryFolder();
    writeRun(root, { seed: 1 });
    writeRun(root, { seed: 2 });
    const before = process.stdout.isTTY;
    process.stdout.isTTY = true;
    try {
      const { stdout } = await irnnRun('watch', root);
      expect(stdout).toContain('2 runs: 2 solved');
      expect(stdout).toMatch(/[\u2801-\u28ff]/);
      expect(stdout).toContain('\u001b[34m'); // lines in colour
    } finally {
      process.stdout.isTTY = before;
    }
  });

  it('refuses a folder that is not there', async () => {
    expect((await irnnRun('watch', join(temporaryFolder(), 'none'))).exitCode).toBe(66);
    expect((await irnnRun('watch', temporaryFolder(), '--interval', '0')).exitCode).toBe(64);
  });
});
