import { spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { behaviour, mockEngine, resetBehaviour } from '../mock-engine.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type ReadEvent, readEvents } from '../training/events.ts';
import { irnnRun, writeConfig } from './harness.ts';

vi.mock('../../src/engines/registry.ts', () => ({
  loadEngine: async () => mockEngine,
  pinned: (config: object) => config,
}));
afterEach(resetBehaviour);

/** A Python with the package tensorboard; .ci/run installs one. */
const python = process.env.TENSORBOARD_PYTHON;
if (python === undefined) {
  console.warn(
    'SKIPPED: reading event files with the real TensorBoard; set TENSORBOARD_PYTHON to a Python that has it',
  );
}

const logging = { logging: '{ tensorboard: true }' };

function setUp(changes: Record<string, string> = logging) {
  const folder = temporaryFolder();
  const out = join(folder, 'runs');
  const config = writeConfig(folder, changes);
  return {
    run: (...more: string[]) => irnnRun(config, '--out', out, '--quiet', ...more),
    directory: () => join(out, readdirSync(out)[0]!),
  };
}

/** All events of a run, file by file, without the records that begin a file. */
function eventsOf(directory: string): ReadEvent[] {
  const names = readdirSync(directory)
    .filter((name) => name.includes('tfevents'))
    .sort();
  return names.flatMap((name) => {
    const [version, ...events] = readEvents(join(directory, name));
    expect(version!.version).toBe('brain.Event:2');
    return events.filter(({ sessionStart }) => !sessionStart);
  });
}

/** The events are those of metrics.csv: each row once, in order. */
function expectSameAsMetrics(directory: string): void {
  const events = eventsOf(directory);
  const { rows } = readCsv(join(directory, 'metrics.csv'));
  expect(events.map(({ step }) => step)).toEqual(rows.map(({ step }) => step));
  expect(events.map(({ scalars }) => scalars.get('test/mse'))).toEqual(
    rows.map(({ test_mse }) => Math.fround(test_mse!)),
  );
  const now = Date.now() / 1000;
  for (const { wallTime } of events) expect(Math.abs(wallTime - now)).toBeLessThan(600);
}

function stopAfter(updates: number): void {
  behaviour.afterStep = (made) => {
    if (made === updates) process.emit('SIGTERM', 'SIGTERM');
  };
}

describe('TensorBoard event files', () => {
  it('hold the rows of metrics.csv', async () => {
    const { run, directory } = setUp();
    expect((await run()).exitCode).toBe(0);
    expectSameAsMetrics(directory());
    const [first, second] = eventsOf(directory());
    expect([...first!.scalars.keys()]).toContain('valid/mse');
    expect(first!.scalars.has('train/loss')).toBe(false); // no update yet
    expect(second!.scalars.has('train/loss')).toBe(true);
  });

  it('are not written unless asked for', async () => {
    const { run, directory } = setUp({});
    await run();
    expect(readdirSync(directory()).join()).not.toContain('tfevents');
  });

  it('have each point once after a resume', async () => {
    const { run, directory } = setUp();
    stopAfter(70);
    await run();
    resetBehaviour();
    expect((await run()).exitCode).toBe(0);
    expectSameAsMetrics(directory());
  });

  it('lose what came after the checkpoint that a killed run continues from, and half a record', async () => {
    const { run, directory } = setUp({ ...logging, evaluate: '{ every: 7 }' });
    stopAfter(39);
    await run();
    resetBehaviour();
    // As after a kill at step 39: the rows go up to 35, the newest checkpoint is of step 20.
    for (const end of ['json', 'safetensors']) rmSync(join(directory(), `checkpoint-39.${end}`));
    const [name] = readdirSync(directory()).filter((file) => file.includes('tfevents'));
    const path = join(directory(), name!);
    appendFileSync(path, readFileSync(path).subarray(0, 50));
    stopAfter(1);
    await run();
    expectSameAsMetrics(directory());
    expect(eventsOf(directory()).at(-1)!.step).toBe(14);
    resetBehaviour();
    await run();
    expectSameAsMetrics(directory());
  });

  it('can be switched on later, with what was before', async () => {
    const { run, directory } = setUp({});
    stopAfter(70);
    await run();
    resetBehaviour();
    await run('--set', 'logging.tensorboard=true');
    expectSameAsMetrics(directory());
  });

  it.skipIf(python === undefined)(
    'are read by TensorBoard, also by one that was watching during a resume',
    async () => {
      const { run, directory } = setUp();
      stopAfter(70);
      await run();
      const reader = join(import.meta.dirname, 'read-tensorboard.py');
      // The reader loads the stopped run, waits for its line of input while the run is finished, and loads again.
      const child = spawn(python!, [reader, directory()], { stdio: ['pipe', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      await vi.waitFor(() => expect(output).toContain('\n'), { timeout: 60_000 });
      resetBehaviour();
      await run();
      child.stdin.end('again\n');
      await new Promise((resolve) => child.on('close', resolve));
      const [before, live, fresh] = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as [number, number][]);
      const points = readCsv(join(directory(), 'metrics.csv')).rows.map((row) => [
        row.step,
        Math.fround(row.test_mse!),
      ]);
      expect(before).toEqual(points.slice(0, before!.length));
      expect(before!.length).toBeGreaterThan(1);
      expect(live).toEqual(points);
      expect(fresh).toEqual(points);
    },
    120_000,
  );

  it('are not left behind by --fresh without them', async () => {
    const { run, directory } = setUp();
    await run();
    await run('--fresh', '--set', 'logging.tensorboard=false');
    expect(readdirSync(directory()).join()).not.toContain('tfevents');
    expect(readFileSync(join(directory(), 'config.yaml'), 'utf8')).toContain('tensorboard: false');
  });
});
