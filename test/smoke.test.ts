import { expect, it } from 'vitest';
import { readCsv } from '../src/support/csv.ts';
import { irnnRun } from './cli/harness.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('configs/smoke.yaml: the loss falls', async () => {
  const { exitCode, stdout } = await irnnRun(
    'configs/smoke.yaml',
    '--json',
    '--quiet',
    '--out',
    temporaryFolder(),
  );
  expect(exitCode).toBe(0);
  const { directory, baseline } = JSON.parse(stdout);
  const { rows } = readCsv(`${directory}/metrics.csv`);
  const last = rows.at(-1)!;
  expect(last.train_loss).toBeLessThan(rows[1]!.train_loss! / 2);
  expect(last.test_mse).toBeLessThan(baseline.mse / 2);
});

it('configs/smoke-speech.yaml: the frame error falls, with silence and without', async () => {
  const { exitCode, stdout } = await irnnRun(
    'configs/smoke-speech.yaml',
    '--json',
    '--quiet',
    '--out',
    temporaryFolder(),
  );
  expect(exitCode).toBe(0);
  const { metrics, baseline } = JSON.parse(stdout);
  expect(metrics.test_frame_error).toBeLessThan(baseline.frame_error / 2);
  expect(metrics.test_frame_error_speech).toBeLessThan(baseline.frame_error_speech / 2);
  // A voice that was never heard is harder, and still better than no answer at all.
  expect(metrics.test_frame_error_new_voice).toBeGreaterThan(metrics.test_frame_error);
  expect(metrics.test_frame_error_new_voice).toBeLessThan(baseline.frame_error_new_voice);
});
