import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeReport } from '../../src/cli/commands/report/write-report.ts';
import { writeRun } from '../reports/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun } from './harness.ts';

/** A sweep that is none of the paper's: two cells, two rates and two widths on a short adding problem with a mark of its own. */
function ownSweep(): string {
  const root = temporaryFolder();
  for (const type of ['irnn', 'lstm']) {
    for (const rate of [0.1, 0.02]) {
      for (const hidden of [8, 16]) {
        for (const seed of [1, 2]) {
          const good = type === 'irnn' && rate === 0.02;
          const last = good ? 0.06 + hidden / 1000 + seed / 10_000 : 0.16;
          writeRun(root, {
            name: `own-${type}-${rate}-${hidden}`,
            seed,
            task: { name: 'adding', T: 31 },
            model: { type, hidden, ...(type === 'lstm' ? { forget_bias: 4 } : { scale: 0.5 }) },
            training: { learning_rate: rate },
            stop: { metric: 'valid_mse', below: 0.1, evaluations: 1 },
            scores: [
              [0, 0.2, 0.2],
              [500, 0.19, 0.19],
              [1000, last, last],
            ],
            status: good ? 'solved' : 'finished',
          });
        }
      }
    }
  }
  return root;
}

const text = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\u00a0', ' ');

describe('a page of any runs', () => {
  it('has a matrix over the settings that differ, their own mark, curves and a sortable table', async () => {
    const root = ownSweep();
    const { exitCode, stdout } = await irnnRun('report', '--all', root);
    expect(exitCode).toBe(0);
    const out = join(root, 'report');
    expect(stdout.trim().split('\n').sort()).toEqual([join(out, 'index.html'), join(out, 'runs.csv')]);
    const html = readFileSync(join(out, 'index.html'), 'utf8');
    expect(html).toContain('adding: 16 runs of 8 settings, test MSE');
    const matrix = html.slice(html.indexOf('<table class="matrix"'), html.indexOf('</table>'));
    expect(text(matrix)).toContain('IRNN LSTM');
    // The best of the widths on validation, 8: 0.0681 and 0.0682, of which the upper is the middle.
    expect(text(matrix)).toContain('0.0682 1 k (1 k, 2 of 2)');
    expect(text(matrix)).toContain('best of 2 settings');
    const charts = JSON.parse(/const report = (.*);<\/script>/.exec(html)![1]!).charts;
    // What differs with the cell alone needs no place of its own: it is among the details.
    expect(charts[0].lines.map(({ name }: { name: string }) => name)).toContain('IRNN, learning_rate 0.02');
    expect(html.includes('<dt>forget_bias</dt><dd>4</dd>')).toBe(true);
    expect(html.includes('The mark: test MSE &lt; 0.1.')).toBe(true);
    expect(html.match(/aria-sort="none"/g)!.length).toBeGreaterThan(5);
    expect(html).not.toContain('order in the paper');
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]*(src|href)="(?!data:)/);
    expect(charts).toHaveLength(2);
    expect(charts[0].modes.map(({ label }: { label: string }) => label)).toContain(
      'share of runs with test MSE < 0.1',
    );
  });

  it('is the same to the byte when made again, and does not count its own folder', async () => {
    const root = ownSweep();
    await irnnRun('report', '--all', root);
    const read = () =>
      readdirSync(join(root, 'report')).map((name) => readFileSync(join(root, 'report', name), 'utf8'));
    const before = read();
    await irnnRun('report', '--all', root);
    expect(read()).toEqual(before);
  });

  it('takes runs of several tasks, runs that are not over, and a folder without runs', async () => {
    const root = temporaryFolder();
    writeRun(root, { status: null });
    writeRun(root, {
      name: 'images',
      task: { name: 'pixel_mnist' },
      metric: 'accuracy',
      scores: [
        [0, 0.1, 0.1],
        [100, 0.5, 0.4],
      ],
    });
    expect((await irnnRun('report', '--all', root, '--out', join(root, 'out'))).exitCode).toBe(0);
    const html = readFileSync(join(root, 'out', 'index.html'), 'utf8');
    expect(html).toContain('id="adding"');
    expect(html).toContain('id="pixel_mnist"');
    expect(text(html)).toContain('2 runs , 1 not over yet'.replace(' ,', ','));
    const empty = temporaryFolder();
    expect((await irnnRun('report', '--all', empty)).exitCode).toBe(0);
    expect(text(readFileSync(join(empty, 'report', 'index.html'), 'utf8'))).toContain('0 runs');
  });

  it('refuses what makes no sense', async () => {
    const root = temporaryFolder();
    const missing = await irnnRun('report', '--all', join(root, 'nowhere'));
    expect(missing).toMatchObject({ exitCode: 66, stderr: expect.stringContaining('no such folder') });
    const mixed = await irnnRun('report', 'table-1', '--all', root);
    expect(mixed).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('--all takes no figures') });
    expect((await irnnRun('report', '--all', root, '--runs', root)).exitCode).toBe(64);
    expect(await irnnRun('report', '--all', root, '--watch', '--interval', '0')).toMatchObject({
      exitCode: 64,
    });
  });
});

/** What becomes true within a while. */
async function eventually(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isTrue()).toBe(true);
}

describe('watching and opening', () => {
  it('follows runs until Ctrl-C, and leaves the page that a plain report would', async () => {
    const root = temporaryFolder();
    writeRun(root, { seed: 1 });
    const page = join(root, 'report', 'index.html');
    const read = () => {
      try {
        return readFileSync(page, 'utf8');
      } catch {
        return '';
      }
    };
    const child = spawn(process.execPath, [
      'bin/irnn-run.js',
      'report',
      '--all',
      root,
      '--watch',
      '--interval',
      '0.2',
    ]);
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await eventually(() => read().includes('watch.js') && existsSync(join(root, 'report', 'watch.js')));
    const version = /data-version="(\w+)"/.exec(read())![1]!;
    expect(readFileSync(join(root, 'report', 'watch.js'), 'utf8')).toContain(version);
    writeRun(root, { seed: 2 });
    await eventually(() => read().includes('adding-t150-0123abcd-s2') && !read().includes(version));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    const left = read();
    expect(left).not.toContain('watch.js');
    await irnnRun('report', '--all', root);
    expect(read()).toBe(left);
  });

  it('sees what changed while it was writing', async () => {
    const root = temporaryFolder();
    writeRun(root, { seed: 1 });
    let writings = 0;
    const write = async () => {
      writings += 1;
      if (writings === 1) writeRun(root, { seed: 2 });
      if (writings === 2) process.emit('SIGINT', 'SIGINT');
      return [];
    };
    const report = { runs: [root], out: root, write };
    await makeReport(report, { open: false, watch: true, interval: 0.05 });
    expect(writings).toBe(3);
  });

  it('opens the page with $BROWSER, and says so where there is nothing to open it with', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'runs'));
    writeRun(join(root, 'runs'), {});
    const [browser, shown] = [join(root, 'browser'), join(root, 'shown')];
    writeFileSync(browser, `#!/bin/sh\necho "$1" > '${shown}.part' && mv '${shown}.part' '${shown}'\n`);
    chmodSync(browser, 0o755);
    const open = (command: string) => {
      const child = spawn(
        process.execPath,
        ['bin/irnn-run.js', 'report', '--all', join(root, 'runs'), '--open'],
        {
          env: { ...process.env, BROWSER: command },
        },
      );
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      return new Promise<{ code: number | null; stderr: string }>((resolve) => {
        child.on('close', (code) => resolve({ code, stderr }));
      });
    };
    expect(await open(browser)).toMatchObject({ code: 0, stderr: '' });
    await eventually(() => readdirSync(root).includes('shown'));
    expect(readFileSync(shown, 'utf8').trim()).toBe(join(root, 'runs', 'report', 'index.html'));
    writeFileSync(join(root, 'explorer'), `#!/bin/sh\necho "$*" > '${shown}.windows'\n`, { mode: 0o755 });
    const { platform } = process;
    Object.defineProperty(process, 'platform', { value: 'win32' });
    vi.stubEnv('BROWSER', '');
    vi.stubEnv('PATH', `${root}:${process.env.PATH}`);
    try {
      expect(await irnnRun('report', '--all', join(root, 'runs'), '--open')).toMatchObject({ exitCode: 0 });
    } finally {
      Object.defineProperty(process, 'platform', { value: platform });
      vi.unstubAllEnvs();
    }
    await eventually(() => readdirSync(root).includes('shown.windows'));
    const without = await open(join(root, 'nothing'));
    expect(without.code).toBe(0);
    expect(without.stderr).toContain('found nothing to show it with');
  });
});
