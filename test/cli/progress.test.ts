import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watch } from '../../src/cli/commands/watch/watch-run.ts';
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { SpeedMeter } from '../../src/training/speed-meter.ts';
import { writeRun } from '../reports/fixtures.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { irnnRun, writeConfig } from './harness.ts';

const LONG = 'a-name-that-is-longer-than-others';
const RULE = 'stop: { metric: valid_mse, below: 0.01, evaluations: 4 }';
const rule = { metric: 'valid_mse', below: 0.01, evaluations: 4, extra_steps: 0, patience: null } as const;

/** What was drawn on the line, one after the other, with and without colours. */
function drawn(stderr: string): string[] {
  // Cursor movements and erasures separate the drawings.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const between = /\u001b\[\d*[GKJ]|\u001b\[\?\d+[hl]|\u001b[78]|\n/;
  return stderr.split(between).filter((text) => text.trim() !== '');
}

function asTerminal(columns: number): () => void {
  const before = [process.stderr.isTTY, process.stderr.columns] as const;
  [process.stderr.isTTY, process.stderr.columns] = [true, columns];
  return () => {
    [process.stderr.isTTY, process.stderr.columns] = before;
  };
}

describe('progress on a terminal', () => {
  let restore = () => {};
  afterEach(() => {
    restore();
    vi.unstubAllEnvs();
  });

  it.each([
    [60, LONG],
    [80, 'adding-t150'],
    [120, LONG],
  ])('fits %i columns and says what ends the run', async (columns, name) => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, { name, stop: RULE.slice(6) });
    restore = asTerminal(columns);
    const { exitCode, stderr } = await irnnRun(config, '--out', join(folder, 'runs'));
    expect(exitCode).toBe(0);
    const lines = drawn(stderr)
      .map(stripVTControlCharacters)
      .filter((line) => !line.startsWith(`${name}: `)); // notes
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
    expect(lines.at(-1)).toContain(
      columns === 60 ? 'ends at < 0.01, 4x' : 'ends at valid_mse < 0.01, four times',
    );
    expect(lines.at(-1)).toContain('step 100');
    expect(lines.at(-1)).toMatch(/valid_mse 0\.\d/);
    expect(stderr).not.toMatch(/eta|%/);
  });

  it('shows a bar and the time left where no rule ends the run', async () => {
    const folder = temporaryFolder();
    restore = asTerminal(80);
    const { stderr } = await irnnRun(writeConfig(folder), '--out', join(folder, 'runs'));
    expect(drawn(stderr).at(-1)).toMatch(/^tiny {2}#{10} {2}100% {2}100\/100 {2}eta 0s/);
  });

  it('follows a resize', () => {
    restore = asTerminal(100);
    let text = '';
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    const progress = createProgress({ name: LONG, stop: rule }, false);
    try {
      progress.start(0, 9_000_000);
      expect(drawn(text).at(-1)).toContain('four times');
      process.stderr.columns = 50;
      process.stderr.emit('resize');
      expect(drawn(text).at(-1)!.length).toBeLessThan(50);
      expect(drawn(text).at(-1)).toContain('ends at < 0.01, 4x');
    } finally {
      progress.stop();
      spy.mockRestore();
    }
  });

  it('shows a loss that is not a number as such, in red unless colours are not wanted', () => {
    const show = () => {
      let text = '';
      const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
        text += String(chunk);
        return true;
      });
      const progress = createProgress({ name: 'a', stop: rule }, false);
      progress.start(0, 100);
      progress.row({ step: 50, valid_mse: Number.NaN });
      progress.stop();
      spy.mockRestore();
      return text;
    };
    restore = asTerminal(80);
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
    expect(show()).toContain('valid_mse \u001b[31mNaN\u001b[39m');
    vi.stubEnv('NO_COLOR', '1');
    expect(show()).toContain('valid_mse NaN');
  });
});

describe('progress elsewhere', () => {
  it('says once what ends the run, and then a line an evaluation', async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, { stop: RULE.slice(6) });
    const { stderr } = await irnnRun(config, '--out', join(folder, 'runs'));
    expect(stderr).toContain('tiny: ends at valid_mse < 0.01, four times; at step 100 at the latest\n');
    expect(stderr).toMatch(/^tiny: step 30 {2}loss \S+ {2}valid_mse \S+ {2}test_mse \S+ {2}\S+ steps\/s$/m);
  });
});

describe('a speed', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('counts seconds of training, and time left those of the clock', () => {
    const meter = new SpeedMeter();
    meter.start(0);
    vi.advanceTimersByTime(2_000);
    meter.tick();
    vi.advanceTimersByTime(3_000); // an evaluation
    meter.pause();
    vi.advanceTimersByTime(2_000);
    meter.update(400);
    expect(meter.rate).toBeCloseTo(100);
    expect(meter.eta(800)).toBeCloseTo(7);
  });

  it('is shown of a run as its timing.csv has it, evaluations left out', async () => {
    const run = writeRun(temporaryFolder(), { stepSeconds: 0.005 });
    expect((await irnnRun('show', run)).stdout).toMatch(/^speed +200 steps\/s$/m);
  });
});

describe('a run that is not over', () => {
  it('shows its newest scores in list and show', async () => {
    const root = temporaryFolder();
    const run = writeRun(root, {
      status: null,
      scores: [
        [0, 0.2, 0.21],
        [5000, Number.NaN, 0.11],
      ],
    });
    expect((await irnnRun('list', root)).stdout).toContain('valid_mse NaN, test_mse 0.11 at step 5000');
    expect((await irnnRun('show', run)).stdout).toMatch(
      /^scores +valid_mse NaN, test_mse 0\.11 at step 5000$/m,
    );
    const [listed] = JSON.parse((await irnnRun('list', root, '--json')).stdout);
    expect(listed.newest).toEqual({ step: 5000, metrics: { valid_mse: 'NaN', test_mse: 0.11 } });
  });

  it('is said to be trained by nobody while it is watched', async () => {
    const root = temporaryFolder();
    const run = writeRun(root, { status: null });
    const said: string[] = [];
    const done = JSON.stringify({ status: 'solved', step: 1, metrics: {}, baseline: {}, checkpoint: '' });
    const spies = (['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
        if (stream === 'stderr') {
          said.push(String(chunk));
          setTimeout(() => writeFileSync(join(run, 'DONE.json'), done), 200);
        }
        return true;
      }),
    );
    await watch(root, { metric: undefined, interval: 0.02, log: undefined });
    for (const spy of spies) spy.mockRestore();
    expect(said).toEqual([expect.stringContaining('nobody trains adding-t150-0123abcd-s1 at the moment')]);
  });
});
